//! What is said of a name, an attribute and so on.

use super::Weight;
use super::std_parts;
use crate::CRATES;
use crate::reader::{Attribute, Oddity, Tests};

/// What is wrong with something.
pub(super) struct Rule {
    pub(super) weight: Weight,
    /// What the line does: "uses `std::fs`".
    pub(super) what: String,
    /// Why that matters, and what to do instead.
    pub(super) why: &'static str,
}

pub(super) fn refuse(what: impl Into<String>, why: &'static str) -> Rule {
    Rule { weight: Weight::Refused, what: what.into(), why }
}

pub(super) fn review(what: impl Into<String>, why: &'static str) -> Rule {
    Rule { weight: Weight::Review, what: what.into(), why }
}

pub(super) const ONE_FILE: &str = "an answer is one file, and reads no other";
pub(super) const PLACE: &str =
    "where code is compiled, and who calls it, must not change what an answer does";
pub(super) const BUILD: &str = "an answer does not depend on the environment it is built or run in";
pub(super) const NO_ASSEMBLY: &str = "an answer is safe Rust, the same on every processor";
const SAME_CODE: &str = "an answer is the same code in every build; what only tests need can stand \
                         in `#[cfg(test)] mod tests { .. }`";
const LINKING: &str =
    "it changes how the program is put together or started, and no answer needs that";
const NO_TRICKS_IN_MACROS: &str = "in a macro, write each path as a whole";

/// The roots of paths that lead everywhere.
const ROOTS: [&str; 4] = ["alloc", "core", "crate", "std"];
/// The crates that only the checks use.
const CRATES_OF_CHECKS: [&str; 11] = [
    "cap",
    "explorer",
    "explorer_tokio",
    "harness",
    "loom",
    "ollama_mock",
    "real_tokio",
    "real_tokio_util",
    "shuttle",
    "shuttle_tokio",
    "shuttle_tokio_util",
];
const HARMLESS_ATTRIBUTES: [&str; 26] = [
    "allow",
    "automatically_derived",
    "clippy",
    "cold",
    "default",
    "deny",
    "deprecated",
    "diagnostic",
    "doc",
    "expect",
    "forbid",
    "ignore",
    "inline",
    "instrument",
    "must_use",
    "non_exhaustive",
    "recursion_limit",
    "repr",
    "rustfmt",
    "should_panic",
    "test",
    "tokio",
    "track_caller",
    "tracing_attributes",
    "unsafe",
    "warn",
];
const DERIVES: [&str; 9] =
    ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
/// What is configured alike wherever an answer is compiled.
const SAME_EVERYWHERE: [&str; 11] = [
    "all",
    "any",
    "cfg",
    "debug_assertions",
    "not",
    "panic",
    "target_has_atomic",
    "target_os",
    "target_pointer_width",
    "unix",
    "windows",
];

pub(super) fn not_rust() -> Rule {
    review("cannot be scanned from here on", "this is not made of Rust's tokens")
}

pub(super) fn preamble() -> Rule {
    refuse("begins with a line that rustc leaves out", "begin with a line of Rust")
}

pub(super) fn too_deep() -> Rule {
    refuse("cannot be scanned", "brackets are nested more than a hundred deep, take them apart")
}

pub(super) fn tangled() -> Rule {
    refuse("cannot be scanned", "names have too many meanings, import each of them once")
}

pub(super) fn tests_from_outside() -> Rule {
    refuse("uses the module of tests from outside of it", "it is only there in tests")
}

pub(super) fn of_oddity(oddity: Oddity) -> Rule {
    match oddity {
        Oddity::OtherFile => refuse(
            "takes a module from another file",
            "an answer is one file, write the module's body here",
        ),
        Oddity::ForTests => refuse("is only compiled for tests", SAME_CODE),
        Oddity::LooseTest => {
            review("is a test on its own", "put it into `#[cfg(test)] mod tests { .. }`")
        }
        Oddity::ForeignImpl => refuse(
            "implements something in tests for a type that is not declared beside it",
            "it would change the answer where tests are compiled, use a function instead",
        ),
        Oddity::LongPath => {
            refuse("cannot be scanned", "a path has more than 16 names, make it shorter")
        }
    }
}

/// What is said of a module, type or macro by the name that the answer gives it.
pub(super) fn of_own_name(name: &str) -> Option<Rule> {
    CRATES.contains(&name).then(|| {
        let what = format!("calls something of its own `{name}`");
        refuse(what, "that hides the crate, use another name")
    })
}

pub(super) fn of_method(name: &str) -> Option<Rule> {
    (name == "type_id").then(|| refuse("calls `type_id`", std_parts::TYPES))
}

/// What is said of an import, apart from what the path means. Without a name, it is one of all
/// names of a module.
pub(super) fn of_import(path: &[&str], name: Option<&str>) -> Option<Rule> {
    match (path, name) {
        (&[root], None) if ROOTS.contains(&root) => {
            let what = format!("imports all of `{root}`");
            Some(refuse(what, "import the names that you need, such as `use std::sync::Arc;`"))
        }
        (_, None) => None,
        (_, Some(name)) if path.last() == Some(&name) => None,
        (&[root], _) if ROOTS.contains(&root) || is_macro(root) => {
            Some(refuse(format!("renames `{root}`"), "call it by its own name"))
        }
        (_, Some(name @ ("cfg" | "derive" | "test"))) => {
            Some(refuse(format!("calls something else `{name}`"), "use another name"))
        }
        (_, Some(name)) => of_own_name(name),
    }
}

pub(super) fn of_attribute(attribute: &Attribute) -> Option<Rule> {
    let names: Vec<&str> = attribute.names.iter().map(String::as_str).collect();
    let mut words = attribute.words.iter().map(String::as_str);
    let what = format!("has the attribute `{}`", names.join("::"));
    match names[..] {
        // One that a macro fills in.
        [] => None,
        ["cfg"] if attribute.place.tests == Tests::Module => None,
        ["cfg"] if words.all(|word| SAME_EVERYWHERE.contains(&word)) => {
            Some(review(what, "an answer is the same code in every build"))
        }
        ["cfg" | "cfg_attr"] => Some(refuse(what, SAME_CODE)),
        ["path"] => Some(refuse(what, ONE_FILE)),
        ["macro_export" | "macro_use"] => {
            Some(refuse(what, "a macro of an answer is for the lines after it in the same module"))
        }
        [
            "export_name"
            | "global_allocator"
            | "link"
            | "link_name"
            | "link_ordinal"
            | "link_section"
            | "linkage"
            | "naked"
            | "no_main"
            | "no_mangle"
            | "panic_handler"
            | "proc_macro"
            | "proc_macro_attribute"
            | "proc_macro_derive"
            | "used",
        ] => Some(refuse(what, LINKING)),
        ["derive"] if words.all(|word| word == "derive" || DERIVES.contains(&word)) => None,
        [name, ..] if HARMLESS_ATTRIBUTES.contains(&name) => None,
        _ if attribute.place.tests != Tests::No => None,
        _ => Some(review(what, "no answer that is known needs it")),
    }
}

/// What is said of a single word.
pub(super) fn of_word(word: &str, tests: Tests) -> Option<Rule> {
    match word {
        "unsafe" => {
            let why = "the exercises forbid it; safe Rust has `std::pin::pin!`, `Arc` and locks";
            Some(refuse("contains `unsafe`", why))
        }
        "extern" => {
            let why = "an answer uses the crates of its exercise by their names, and no foreign functions";
            Some(refuse("contains `extern`", why))
        }
        "macro_rules" if tests == Tests::No => {
            let why = "the scan does not see what a macro expands to";
            Some(review("defines a macro", why))
        }
        "size_of" | "size_of_val" | "align_of" | "align_of_val" => {
            of_path(&["std", "mem", word], tests)
        }
        _ => None,
    }
}

/// What is said of a single word in a macro that the answer defines, or handed to one.
pub(super) fn of_word_in_macro(word: &str) -> Option<Rule> {
    let is_root = ROOTS.contains(&word) && word != "crate";
    (is_root || is_macro(word))
        .then(|| refuse(format!("hands `{word}` to a macro"), NO_TRICKS_IN_MACROS))
}

/// What is said of a path that a macro puts together.
pub(super) fn of_hidden_names(path: &[&str], is_macro: bool) -> Option<Rule> {
    let is_hidden = match path {
        ["$"] => is_macro,
        ["$", "$", ..] => true,
        // It may be any root.
        ["$", rest @ ..] => ROOTS.iter().any(|root| {
            let rule = of_path(&[&[*root], rest].concat(), Tests::No);
            rule.is_some_and(|rule| rule.weight == Weight::Refused)
        }),
        [root, rest @ ..] => ROOTS.contains(root) && rest.contains(&"$"),
        [] => false,
    };
    is_hidden.then(|| refuse("puts a path together in a macro", NO_TRICKS_IN_MACROS))
}

/// Whether a name is that of one of the macros that no answer needs.
fn is_macro(name: &str) -> bool {
    of_macro(name).is_some()
}

/// What is said of a macro of std that is called or imported.
pub(super) fn of_macro(name: &str) -> Option<Rule> {
    let why = match name {
        "include" | "include_bytes" | "include_str" => ONE_FILE,
        "env" | "option_env" => BUILD,
        "file" | "module_path" => PLACE,
        "asm" | "global_asm" | "naked_asm" => NO_ASSEMBLY,
        "cfg" | "cfg_select" => SAME_CODE,
        _ => return None,
    };
    Some(refuse(format!("uses `{name}!`"), why))
}

/// What is said of what a path means.
pub(super) fn of_path(path: &[&str], tests: Tests) -> Option<Rule> {
    let uses = |length: usize| format!("uses `{}`", path[..length.min(path.len())].join("::"));
    let rule = match path {
        [root, rest @ ..]
            if CRATES.contains(root) && rest.iter().any(|name| name.starts_with("__")) =>
        {
            Some(refuse(uses(path.len()), "that is a hidden part of the crate"))
        }
        ["alloc" | "core" | "std", rest @ ..] => match (std_parts::of(rest), rest) {
            (Some((weight, length, why)), _) => Some(Rule { weight, what: uses(length + 1), why }),
            (None, [.., name]) => of_macro(name),
            (None, []) => None,
        },
        ["crate"] | ["crate", "sync" | "$" | "*", ..] => None,
        ["crate", "checks" | "instrumented" | "real_tokio" | "real_tokio_util", ..] => {
            Some(refuse(uses(2), "it belongs to the checks"))
        }
        ["crate", ..] => {
            let why = "of `crate`, only `crate::sync` is there wherever an answer is compiled; its own \
                       items are in `self` and `super`";
            Some(review(uses(2), why))
        }
        [name, _, ..] if CRATES_OF_CHECKS.contains(name) => {
            Some(refuse(uses(1), "it belongs to the checks"))
        }
        ["tokio", "time", "advance" | "pause" | "resume", ..] if tests == Tests::No => {
            Some(refuse(
                uses(3),
                "the clock belongs to the checks, or to the program that runs the answer",
            ))
        }
        ["tokio", "fs" | "io" | "net" | "process" | "signal", ..] => {
            Some(refuse(uses(2), "an answer works in memory; what it needs comes as arguments"))
        }
        [
            "tokio",
            "join" | "main" | "pin" | "runtime" | "select" | "spawn" | "sync" | "task"
            | "task_local" | "test" | "time" | "try_join",
            ..,
        ]
        | ["tokio" | "tokio_util"]
        | ["tokio_util", "sync" | "task", ..] => None,
        ["tokio" | "tokio_util", ..] | ["futures", "io", ..] => {
            Some(review(uses(2), "no answer that is known needs it"))
        }
        ["tracing", "dispatcher" | "subscriber" | "Dispatch" | "Subscriber", ..] => Some(refuse(
            uses(2),
            "who hears of an event is up to the program that runs the answer, and to the checks",
        )),
        [
            "tracing",
            "Instrument" | "Level" | "Span" | "Value" | "debug" | "debug_span" | "enabled"
            | "error" | "error_span" | "event" | "event_enabled" | "field" | "info" | "info_span"
            | "instrument" | "level_filters" | "record_all" | "span" | "span_enabled" | "trace"
            | "trace_span" | "warn" | "warn_span",
            ..,
        ]
        | ["tracing" | "tracing_attributes"]
        | ["tracing_attributes", "instrument", ..] => None,
        ["tracing" | "tracing_attributes", ..] => {
            Some(review(uses(2), "no answer that is known needs it"))
        }
        ["ollama", "Client", ..] => {
            Some(review(uses(2), "what an answer sends its requests to comes as an argument"))
        }
        _ => None,
    };
    // What is only compiled for tests may be unusual.
    rule.filter(|rule| rule.weight == Weight::Refused || tests == Tests::No)
}
