//! What the names of an answer mean, by its own imports.
//!
//! Scopes are left out: a name means all that it is imported as anywhere in the text. So nothing is
//! missed where a name has two meanings.

use std::collections::BTreeMap;
use std::ptr;

use crate::CRATES;
use crate::reader::Import;

/// The most meanings of a path that are looked at; a path of an answer has three or four.
const MAX_MEANINGS: usize = 64;

/// What is imported, by the name that it has here.
pub(crate) struct Names<'a> {
    by_name: BTreeMap<&'a str, Vec<&'a Import>>,
    /// The modules of which all names are imported.
    globs: Vec<Meaning<'a>>,
}

/// What a path may mean.
#[derive(Clone, Debug)]
pub(crate) struct Meaning<'a> {
    pub(crate) names: Vec<String>,
    /// The imports that lead there, the first one first.
    pub(crate) imports: Vec<&'a Import>,
    /// Whether it is one only if a module has that name, of which all names are imported.
    pub(crate) by_glob: bool,
}

/// Names have too many meanings to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tangled;

impl<'a> Names<'a> {
    pub(crate) fn of(imports: impl Iterator<Item = &'a Import>) -> Result<Self, Tangled> {
        let mut names = Self { by_name: BTreeMap::new(), globs: Vec::new() };
        let mut globs = Vec::new();
        for import in imports {
            match &import.name {
                // A trait without a name; elsewhere, `_` is something else.
                Some(name) if name == "_" => {}
                Some(name) => names.by_name.entry(name).or_default().push(import),
                // All of a module in this text: its own imports are in the map anyway.
                None if import.names.is_empty() => {}
                None => globs.push(import),
            }
        }
        for import in globs {
            names.globs.extend(names.explained(&import.names, vec![import])?);
        }
        Ok(names)
    }

    /// All that a path may mean: as it is written, by imports of its names, and by imports of
    /// all names of a module.
    pub(crate) fn meanings(&self, path: &[String]) -> Result<Vec<Meaning<'a>>, Tangled> {
        let mut meanings = self.explained(path, Vec::new())?;
        if meanings.len() * (1 + self.globs.len()) > MAX_MEANINGS {
            return Err(Tangled);
        }
        for at in 0..meanings.len() {
            for module in &self.globs {
                let Meaning { names, imports, .. } = &meanings[at];
                let names = [&module.names[..], names].concat();
                let imports = [&imports[..], &module.imports].concat();
                meanings.push(Meaning { names, imports, by_glob: true });
            }
        }
        Ok(meanings)
    }

    /// What a path may mean by the imports of its names. In a path into a module of the text, that
    /// may be any of them.
    fn explained(
        &self,
        path: &[String],
        imports: Vec<&'a Import>,
    ) -> Result<Vec<Meaning<'a>>, Tangled> {
        let mut meanings = vec![Meaning { names: path.to_vec(), imports, by_glob: false }];
        let mut next = 0;
        while next < meanings.len() {
            let Meaning { names, imports, .. } = meanings[next].clone();
            next += 1;
            let relative = if is_absolute(&names) { &names[..1] } else { &names[..] };
            for (at, name) in relative.iter().enumerate() {
                for &import in self.by_name.get(name.as_str()).into_iter().flatten() {
                    let full = [&import.names[..], &names[at + 1..]].concat();
                    let is_known = meanings.iter().any(|known| known.names == full);
                    // An import that leads to a name of its own has been followed to its end.
                    if is_known || imports.iter().any(|&followed| ptr::eq(followed, import)) {
                        continue;
                    }
                    if meanings.len() >= MAX_MEANINGS {
                        return Err(Tangled);
                    }
                    let imports = [&imports[..], &[import]].concat();
                    meanings.push(Meaning { names: full, imports, by_glob: false });
                }
            }
        }
        Ok(meanings)
    }
}

/// Whether a path leads out of the text: then only its first name may be one that is imported.
fn is_absolute(names: &[String]) -> bool {
    let mut names = names.iter().map(String::as_str);
    match names.next() {
        Some("crate") => names.next() == Some("sync"),
        Some(first) => CRATES.contains(&first),
        None => true,
    }
}
