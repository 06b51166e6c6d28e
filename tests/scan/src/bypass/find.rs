//! Looks for what the rules are about in what an answer uses.

use std::collections::BTreeMap;

use super::{Allowed, Bypass, rules};
use crate::names::{Names, Tangled};
use crate::reader::{Path, Tests, Text};
use crate::tokens::tokens;

/// Everything that is found, the most telling first, then by line.
pub(super) fn find(text: &str, allowed: Allowed) -> Vec<Bypass> {
    // What cannot be read does not compile either, or else the answer is judged without this.
    let Ok(tokens) = tokens(text) else { return Vec::new() };
    let read = Text::of(&tokens);
    let mut finder =
        Finder { allowed, has_condvar: text.contains("Condvar"), found: BTreeMap::new() };
    if finder.look_at(&read).is_err() {
        return Vec::new();
    }
    let mut found: Vec<Bypass> = finder.found.into_values().collect();
    found.sort_by(|a, b| {
        (a.rule.effect, a.line, &a.rule.what).cmp(&(b.rule.effect, b.line, &b.rule.what))
    });
    found
}

struct Finder {
    allowed: Allowed,
    /// Whether methods called `wait` may be those of a condition variable.
    has_condvar: bool,
    /// By the full path or the method, each where it is met first.
    found: BTreeMap<String, Bypass>,
}

impl Finder {
    /// Tests may use anything, and so may what they import.
    fn look_at(&mut self, text: &Text) -> Result<(), Tangled> {
        let imports = text.imports.iter().filter(|import| import.place.tests == Tests::No);
        let names = Names::of(imports.clone())?;
        // Types, and all that a module has, count where they are imported.
        for import in imports {
            let all = import.name.is_none();
            if all || import.names.last().is_some_and(|name| is_type(name)) {
                let mut path = import.names.clone();
                path.extend(all.then(|| "*".to_owned()));
                self.add(&path, import.line, false);
            }
        }
        for path in text.paths.iter().filter(|path| path.place.tests == Tests::No) {
            self.path(path, &names)?;
        }
        for method in text.methods.iter().filter(|method| method.place.tests == Tests::No) {
            self.method(&method.name, method.has_arguments, method.line);
        }
        Ok(())
    }

    fn path(&mut self, path: &Path, names: &Names<'_>) -> Result<(), Tangled> {
        for meaning in names.meanings(&path.names)? {
            // A type is shown where it is imported, a function where it is called.
            let line = match meaning.imports.first() {
                Some(import) if import.names.iter().any(|name| is_type(name)) => import.line,
                _ => path.line,
            };
            self.add(&meaning.names, line, path.place.in_fields);
        }
        Ok(())
    }

    fn add(&mut self, path: &[String], line: usize, in_fields: bool) {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let of_field = rules::of_field(&names, self.allowed).filter(|_| in_fields);
        if let Some((used, rule)) = of_field.or_else(|| rules::of_path(&names, self.allowed)) {
            self.found.entry(used).or_insert(Bypass { line, rule });
        }
    }

    fn method(&mut self, name: &str, has_arguments: bool, line: usize) {
        // `wait` without an argument is the method of something else.
        let is_wait = name.starts_with("wait");
        if is_wait && !(self.has_condvar && has_arguments) {
            return;
        }
        if let Some(rule) = rules::of_method(name, self.allowed) {
            self.found.entry(format!(".{name}")).or_insert(Bypass { line, rule });
        }
    }
}

fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
