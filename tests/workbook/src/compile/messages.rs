//! What rustc says about an answer, and what of it is worth showing.

use std::collections::HashSet;

use serde::Deserialize;

/// The lints whose warnings often explain why a check fails. The first is about a forgotten
/// `.await`. Others, such as `dead_code`, are of no help while an answer is being written.
const TELLING_LINTS: [&str; 4] =
    ["unused_must_use", "unconditional_recursion", "dropping_references", "dropping_copy_types"];
const MAX_WARNINGS: usize = 3;

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
    is_primary: bool,
}

impl Message {
    pub(super) fn is_error(&self) -> bool {
        self.diagnostic.level == "error"
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

/// What to fix so that the answer and its checks compile. Errors that are all in the checks come
/// from signatures that are not the exercise's, and one of them says it.
pub(super) fn in_words(errors: Vec<Message>, file: &str) -> String {
    if errors.iter().any(|error| error.diagnostic.points_into(file)) {
        return rendered(errors);
    }
    let Some(first) = errors.into_iter().find_map(|error| error.diagnostic.rendered) else {
        return String::new();
    };
    format!(
        "{first}\n{file} compiles, but the checks cannot use it. Compare its names and signatures \
         with those of the stub; a type that a `pub fn` returns has to be `pub`, too.\n"
    )
}

/// The errors that point into this file, in rustc's words.
pub(super) fn errors_in(messages: Vec<Message>, file: &str) -> Option<String> {
    let points_there = |error: &Message| error.is_error() && error.diagnostic.points_into(file);
    let errors: Vec<_> = messages.into_iter().filter(points_there).collect();
    (!errors.is_empty()).then(|| rendered(errors))
}

/// All errors in rustc's words, each of them once.
pub(super) fn rendered(errors: Vec<Message>) -> String {
    let mut seen = HashSet::new();
    let texts = errors.into_iter().filter_map(|error| error.diagnostic.rendered);
    texts.filter(|text| seen.insert(text.clone())).collect()
}

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
                lacking.push(format!("{file}:{}: {}", span.line_start, diagnostic.message));
            }
            // "aborting due to ...", which is about no place.
            None => {}
        }
    }
    lacking.dedup();
    (!lacking.is_empty()).then(|| lacking.join("; "))
}
