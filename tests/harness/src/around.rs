//! Finds where an answer goes round `crate::sync`: what it takes from elsewhere, the
//! explorer cannot see.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{ItemUse, Path, UseTree};

use crate::answer::Allowed;

/// A path that leads past the explorer, and its line.
pub(crate) type Around = BTreeSet<(usize, String)>;

/// What of std blocks or synchronises, and has a twin in `crate::sync`.
const SYNC: [&str; 9] = [
    "Mutex",
    "MutexGuard",
    "RwLock",
    "RwLockReadGuard",
    "RwLockWriteGuard",
    "Condvar",
    "Barrier",
    "mpsc",
    "atomic",
];
const THREAD: [&str; 8] =
    ["spawn", "scope", "Builder", "sleep", "park", "park_timeout", "yield_now", "current"];

pub(crate) fn around_sync(text: &str, allowed: Allowed) -> Around {
    let mut finder = Finder { allowed, found: Around::new() };
    // The answer has been compiled, so it parses; if syn is behind the language, the
    // answer is explored as it is.
    if let Ok(file) = syn::parse_file(text) {
        finder.visit_file(&file);
    }
    finder.found
}

pub(crate) fn in_words(file: &str, around: &Around) -> String {
    let places: Vec<String> =
        around.iter().map(|(line, path)| format!("`{path}` ({file}:{line})")).collect();
    format!(
        "not explored: {} {} round `crate::sync`, where the explorer cannot follow; \
         take its like from `crate::sync`",
        places.join(", "),
        if places.len() == 1 { "goes" } else { "go" },
    )
}

struct Finder {
    allowed: Allowed,
    found: Around,
}

impl Finder {
    /// `imports` says that the path is the whole of an import, so that a module counts.
    fn look_at(&mut self, path: &[String], span: Span, imports: bool) {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let leads_past = match names.as_slice() {
            ["std" | "core", "sync", "atomic", "Ordering", ..] => false,
            ["std" | "core", "sync", name, ..] => SYNC.contains(name) || *name == "*",
            ["std" | "core", "sync"] => imports,
            ["std", "thread", name, ..] => THREAD.contains(name) || *name == "*",
            ["std", "thread"] => imports,
            ["tokio", ..] if self.allowed == Allowed::Std => path.len() > 1 || imports,
            _ => false,
        };
        if leads_past {
            self.found.insert((span.start().line, path.join("::")));
        }
    }

    fn look_into(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.look_into(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) if name.ident == "self" => {
                self.look_at(before, name.ident.span(), true);
            }
            UseTree::Name(name) => {
                self.look_at(&with(name.ident.to_string()), name.ident.span(), true);
            }
            UseTree::Rename(rename) => {
                self.look_at(&with(rename.ident.to_string()), rename.ident.span(), true);
            }
            UseTree::Glob(glob) => {
                self.look_at(&with("*".to_owned()), glob.star_token.spans[0], true);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.look_into(before, tree));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.look_into(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.look_at(&names, first.ident.span(), false);
        }
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        around_sync(text, Allowed::Std)
            .into_iter()
            .map(|(line, path)| format!("{line} {path}"))
            .collect()
    }

    #[test]
    fn finds_imports_and_paths_by_line() {
        let text = "use std::sync::{Arc, Mutex};\n\
                    struct A { n: std::sync::atomic::AtomicUsize }\n\
                    fn f() { std::thread::spawn(|| ()); tokio::task::yield_now(); }";
        let expected = [
            "1 std::sync::Mutex",
            "2 std::sync::atomic::AtomicUsize",
            "3 std::thread::spawn",
            "3 tokio::task::yield_now",
        ];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn finds_other_names_and_whole_modules() {
        assert_eq!(paths("use std::sync::Mutex as Lock;"), ["1 std::sync::Mutex"]);
        assert_eq!(paths("use std::sync;"), ["1 std::sync"]);
        assert_eq!(paths("use std::sync::{self, *};"), ["1 std::sync", "1 std::sync::*"]);
    }

    #[test]
    fn leaves_alone_what_the_explorer_has_no_part_in() {
        let text = "use std::sync::{Arc, Weak, PoisonError, LockResult, atomic::Ordering};\n\
                    use crate::sync::{Mutex, atomic::AtomicUsize, mpsc};\n\
                    fn f() -> bool { std::thread::panicking() }";
        assert_eq!(paths(text), [""; 0]);
    }

    #[test]
    fn leaves_tokio_alone_where_it_is_allowed() {
        let text = "use tokio::time::sleep; fn f() { std::thread::sleep(d); }";
        let found = around_sync(text, Allowed::Tokio);
        assert_eq!(found, [(1, "std::thread::sleep".to_owned())].into());
    }
}
