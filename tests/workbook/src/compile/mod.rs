//! Compiles an answer with its checks, and says whose fault it is if that fails.

pub mod cargo;
mod messages;

use std::path::PathBuf;

pub use messages::{Diagnostic, Message};

use crate::answer::AnswerSource;
use crate::backend::Backend;
use crate::{Fault, read};

/// What came of compiling an answer's library and its checks.
#[derive(Debug, Default)]
pub struct Build {
    /// The test binary, if both compile.
    pub binary: Option<PathBuf>,
    /// The libraries that they need, if cargo was the compiler.
    pub libraries: Vec<PathBuf>,
    /// The limit at which the compiler was ended, if it was.
    pub limit: Option<String>,
    /// What rustc said, in its order.
    pub messages: Vec<Message>,
    /// What the compiler said besides, for a fault of the workbook or the system.
    pub words: String,
}

/// The result of a build.
#[derive(Debug)]
pub enum Built {
    /// The checks can be run.
    Checks(Checks),
    /// rustc's errors in the answer.
    DoesNotCompile(String),
}

/// The checks of an answer, built.
#[derive(Debug)]
pub struct Checks {
    /// The test binary.
    pub binary: PathBuf,
    /// What the answer uses and the explorer lacks. If there is something, the binary is without
    /// the explored checks.
    pub lacking: Option<String>,
    /// Whether the answer is explored with std's own `Arc`, because it does not compile with the
    /// explorer's.
    pub with_std_arc: bool,
    /// rustc's warnings about the answer that often explain a failure.
    pub warnings: Vec<String>,
}

/// Builds the checks of an answer.
///
/// # Errors
///
/// If the backend fails, or there are no checks for another reason than the answer.
pub fn checks(answer: &AnswerSource, backend: &impl Backend) -> Result<Built, Fault> {
    let file = mounted_file(answer);
    let mut build = backend.compile(None)?;
    if let Some(limit) = build.limit {
        return Ok(Built::DoesNotCompile(format!("rustc did not come to an end: {limit}\n")));
    }
    let (mut lacking, mut with_std_arc) = (None, false);
    let errors = build.take_errors();
    if !errors.is_empty() {
        if messages::are_the_systems(&errors) {
            return Err(Fault(messages::rendered(errors)));
        }
        lacking = messages::what_the_explorer_lacks(&errors, &file);
        let Some(lacking) = &lacking else {
            let stub = read(&answer.exercise.stub())?;
            let own = answer.read()?.unwrap_or_default();
            let differences = scan::differences(&stub, &own);
            return Ok(Built::DoesNotCompile(messages::in_words(
                errors,
                &file,
                &differences,
                &answer.exercise.crates,
            )));
        };
        build = backend.compile(Some("std_arc"))?;
        with_std_arc = build.take_errors().is_empty();
        if !with_std_arc {
            build = backend.compile(Some("unexplored"))?;
            if !build.take_errors().is_empty() {
                return Err(Fault(format!("the checks cannot be built without {lacking}")));
            }
        }
    }
    if with_std_arc {
        lacking = None;
    }
    let Some(binary) = build.binary else {
        return Err(Fault(format!("the checks cannot be built:\n{}", build.words)));
    };
    let warnings = messages::telling_warnings(build.messages, &file);
    Ok(Built::Checks(Checks { binary, lacking, with_std_arc, warnings }))
}

/// rustc's errors about what in the answer should be `Send` and is not. The checks ask whether
/// it is, without a compile error; here they require it.
///
/// # Errors
///
/// If the backend fails.
pub fn send_errors(answer: &AnswerSource, backend: &impl Backend) -> Result<Option<String>, Fault> {
    let build = backend.compile(Some("show_send_errors"))?;
    Ok(messages::errors_in(build.messages, &mounted_file(answer)))
}

impl Build {
    fn take_errors(&mut self) -> Vec<Message> {
        let (errors, rest) =
            std::mem::take(&mut self.messages).into_iter().partition(Message::is_error);
        self.messages = rest;
        errors
    }
}

/// How the paths of the answer's file end, in the library and where the checks mount it.
fn mounted_file(answer: &AnswerSource) -> String {
    format!("src/{}", answer.file.file_name().unwrap_or_default().to_string_lossy())
}
