//! What rustc says about an answer, and what of it is worth showing.

use std::collections::HashSet;
use std::fmt::Write;
use std::iter;

use anstream::adapter::strip_str;
use anstyle::Reset;
use scan::Difference;
use schedule::runner::as_the_learner_knows;
use serde::Deserialize;

use crate::terminal::{BAD, DIM};

/// A line of an error has at most this many characters, its colours among them.
const MAX_LINE: usize = 1000;

/// The lints whose warnings often explain why a check fails. The first is about a forgotten
/// `.await`. Others, such as `dead_code`, are of no help while an answer is being written.
const TELLING_LINTS: [&str; 4] =
    ["unused_must_use", "unconditional_recursion", "dropping_references", "dropping_copy_types"];
const MAX_WARNINGS: usize = 3;
/// However many signatures are not those of the exercise, this many are shown.
const MAX_DIFFERENCES: usize = 8;

/// A message of rustc, about one of the two crates that the answer's file is compiled in.
#[derive(Debug)]
pub struct Message {
    /// Whether the crate is that of the checks, and not the library.
    pub in_checks: bool,
    /// What rustc says.
    pub diagnostic: Diagnostic,
}

/// A line of rustc's JSON. For these few fields, the crate `cargo_metadata` and those that it
/// depends on would be too much for the learner's first build.
#[derive(Debug, Deserialize)]
pub struct Diagnostic {
    level: String,
    message: String,
    code: Option<Code>,
    rendered: Option<String>,
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Diagnostic>,
}

#[derive(Debug, Deserialize)]
struct Code {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    label: Option<String>,
    is_primary: bool,
}

impl Message {
    pub(super) fn is_error(&self) -> bool {
        self.diagnostic.level == "error"
    }

    /// Whether a check needs something of the answer to be `Send` that is not.
    fn is_about_send(&self) -> bool {
        self.in_checks && self.diagnostic.message.contains("cannot be sent between threads")
    }

    /// Only what it says about this file.
    fn about(mut self, file: &str) -> Self {
        let rendered = &mut self.diagnostic.rendered;
        *rendered = rendered.take().map(|text| about(file, &text));
        self
    }
}

impl Diagnostic {
    /// Whether it only counts the others, as "aborting due to 2 previous errors" does. Cargo leaves
    /// these out.
    pub fn is_a_count(&self) -> bool {
        self.spans.is_empty()
            && (self.message.starts_with("aborting due to")
                || self.message.ends_with("warning emitted")
                || self.message.ends_with("warnings emitted"))
    }

    fn primary(&self) -> Option<&Span> {
        self.spans.iter().find(|span| span.is_primary)
    }

    /// Whether it or one of its notes points into a file.
    fn points_into(&self, file: &str) -> bool {
        self.spans.iter().any(|span| span.file_name.ends_with(file))
            || self.children.iter().any(|note| note.points_into(file))
    }
}

/// The warnings about this file that often explain a failure, in rustc's words.
pub(super) fn telling_warnings(messages: Vec<Message>, file: &str) -> Vec<String> {
    let is_telling = |warning: &Diagnostic| {
        let lint = warning.code.as_ref().is_some_and(|code| TELLING_LINTS.contains(&&*code.code));
        lint && warning.primary().is_some_and(|span| span.file_name.ends_with(file))
    };
    messages
        .into_iter()
        // The checks mount the file a second time; that would say everything twice.
        .filter(|message| !message.in_checks && is_telling(&message.diagnostic))
        .filter_map(|message| message.diagnostic.rendered)
        .take(MAX_WARNINGS)
        .collect()
}

/// Whether the errors are about no code at all: a full disk, a linker that is missing.
pub(super) fn are_the_systems(errors: &[Message]) -> bool {
    errors.iter().all(|error| error.diagnostic.spans.is_empty())
}

/// What to fix so that the answer and its checks compile. Errors that are all in code that is given
/// come from signatures that are not the exercise's: these are named, or else one of the errors.
pub(super) fn in_words(
    errors: Vec<Message>,
    file: &str,
    differences: &[Difference],
    crates: &[String],
) -> String {
    let is_in_file = |error: &Message| {
        error.diagnostic.primary().is_some_and(|span| span.file_name.ends_with(file))
    };
    if !differences.is_empty() && !errors.iter().any(is_in_file) {
        return signatures(file, differences);
    }
    if errors.iter().any(|error| error.diagnostic.points_into(file)) {
        let unknown = errors.iter().find_map(|error| unknown_crate(&error.diagnostic));
        let crates = unknown.map(|unknown| available(&unknown, crates)).unwrap_or_default();
        let errors = errors.into_iter().map(|error| match error.is_about_send() {
            true => error.about(file),
            false => error,
        });
        return rendered(errors.collect()) + &crates;
    }
    let Some(first) = errors.into_iter().find_map(|error| error.diagnostic.rendered) else {
        return String::new();
    };
    format!(
        "{first}\n{file} compiles, but the checks cannot use it. Compare its names and signatures \
         with those of the stub; a type that a `pub fn` returns has to be `pub`, too.\n"
    )
}

/// The name that rustc takes for that of a crate which is not there.
fn unknown_crate(error: &Diagnostic) -> Option<String> {
    let labels = error.spans.iter().filter_map(|span| span.label.as_deref());
    let mut texts = labels.chain([&*error.message]);
    let name = texts.find_map(|text| {
        text.split_once("unlinked crate `").or_else(|| text.split_once("can't find crate for `"))
    })?;
    Some(name.1.split('`').next()?.to_owned())
}

/// What to use instead of a crate that is not there.
fn available(unknown: &str, crates: &[String]) -> String {
    let sync_and_crates = ["crate::sync"].into_iter().chain(crates.iter().map(String::as_str));
    let mut names: Vec<String> = sync_and_crates.map(|name| format!("`{name}`")).collect();
    let last = names.pop().unwrap_or_default();
    let others: String = names.iter().map(|name| format!(", {name}")).collect();
    format!(
        "\nIf `{unknown}` is meant to be a crate: none can be added to an exercise. An answer to this one\n\
         may use std{others} and {last}.\n"
    )
}

/// The signatures that an answer lacks, or has in another form.
fn signatures(file: &str, differences: &[Difference]) -> String {
    let mut out = format!("{BAD}{file} does not have the signatures of the exercise{BAD:#}\n");
    for Difference { expected, found } in differences.iter().take(MAX_DIFFERENCES) {
        let _ = write!(out, "\n  {}\n    {DIM}expected:{DIM:#} {}\n", expected.name, expected.text);
        let _ = match found {
            Some(own) => writeln!(out, "    {DIM}line {:4}:{DIM:#} {}", own.line, own.text),
            None => writeln!(out, "    {DIM}found:{DIM:#}    nothing public of this name"),
        };
    }
    let more = differences.len().saturating_sub(MAX_DIFFERENCES);
    if more > 0 {
        let _ = writeln!(out, "\n  {DIM}and {more} more{DIM:#}");
    }
    out += "\nThe checks call what the stub declares, so they cannot be compiled. Write these as in the\n\
            stub; names of parameters do not matter.\n";
    out
}

/// The errors that point into this file, in rustc's words, without those about other files.
pub(super) fn errors_in(messages: Vec<Message>, file: &str) -> Option<String> {
    let points_there = |error: &Message| error.is_error() && error.diagnostic.points_into(file);
    let errors = messages.into_iter().filter(points_there).map(|error| error.about(file));
    let errors: Vec<_> = errors.collect();
    (!errors.is_empty()).then(|| rendered(errors))
}

/// The headline of an error where the checks mount a file, and those of its notes that show a place
/// in the file; the whole error if none does. Paths and types are named as in the library.
fn about(file: &str, error: &str) -> String {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in error.lines() {
        // `error: ...`, `note: ...` or `help: ...`; code comes after its number.
        let begins = strip_str(line).to_string().starts_with(|c: char| c.is_ascii_lowercase());
        match sections.last_mut() {
            Some(section) if !begins => section.push(line),
            _ => sections.push(vec![line]),
        }
    }
    let is_in_file = |section: &[&str]| {
        let mut lines = section.iter().map(|line| strip_str(line).to_string());
        let place = lines.find(|line| line.contains("--> "));
        place.is_some_and(|place| place.contains(&format!("{file}:")))
    };
    let text = match sections.iter().any(|section| is_in_file(section)) {
        false => error.to_owned(),
        true => {
            let headline = sections[0].remove(0);
            let shown = sections.iter().filter(|section| is_in_file(section)).flatten();
            let lines = iter::once(&headline).chain(shown).map(|line| format!("{line}\n"));
            // An empty line comes after each error of rustc.
            lines.collect::<String>() + "\n"
        }
    };
    as_the_learner_knows(&text)
        .replace("explorer::sync::", "crate::sync::")
        .replace("explorer::seeded::sync::", "crate::sync::")
        .replace("instrumented::", "")
}

/// All errors in rustc's words, each of them once.
pub(super) fn rendered(errors: Vec<Message>) -> String {
    let mut seen = HashSet::new();
    let texts = errors.into_iter().filter_map(|error| error.diagnostic.rendered);
    let texts = texts.filter(|text| seen.insert(text.clone()));
    texts
        .map(|text| {
            text.lines().filter(|line| !is_about_cargo(line)).map(clipped).collect::<String>()
        })
        .collect()
}

/// Whether it says how to add a crate, which cannot be done here.
fn is_about_cargo(line: &str) -> bool {
    line.contains("use `cargo add ")
}

/// A line, or the beginning of one that is very long.
fn clipped(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        // What is cut off may end a colour.
        Some((end, _)) => format!("{}...{Reset}\n", &line[..end]),
        None => format!("{line}\n"),
    }
}

/// What is said of a `static` of a primitive, and of a `const fn` that makes one.
const ONLY_IN_A_MODEL: &str = "the explorer cannot make a lock or an atomic in a `static` or in a \
                               `const fn`; keep it in a field, and make it in a function that is \
                               not `const`";

/// If the library accepts the answer, but its mount on the explorer's primitives does not compile,
/// then the explorer lacks something that the answer uses. This says what. An error in the
/// library or in a check is the answer's.
pub(super) fn what_the_explorer_lacks(errors: &[Message], file: &str) -> Option<String> {
    let mut lacking = Vec::new();
    for Message { in_checks, diagnostic } in errors {
        match diagnostic.primary() {
            _ if !in_checks => return None,
            Some(span) if !span.file_name.ends_with(file) => return None,
            Some(span) => {
                let says = match diagnostic.message.contains("non-const associated function") {
                    true => ONLY_IN_A_MODEL,
                    false => &diagnostic.message,
                };
                lacking.push(format!("{file}:{}: {says}", span.line_start));
            }
            // "aborting due to ...", which is about no place.
            None => {}
        }
    }
    lacking.dedup();
    (!lacking.is_empty()).then(|| lacking.join("; "))
}

#[cfg(test)]
mod tests {
    use super::available;

    #[test]
    fn the_crates_that_there_are_form_a_sentence() {
        for (crates, end) in [
            (&[][..], "may use std and `crate::sync`.\n"),
            (&["tokio".to_owned()], "may use std, `crate::sync` and `tokio`.\n"),
        ] {
            let text = available("serde", crates);
            assert!(text.ends_with(end), "{text}");
        }
    }
}
