//! Runs an answer against a real Ollama.

use std::process::ExitCode;

use super::NOT_PASSED;
use crate::compile::cargo;
use crate::interrupt::{self, INTERRUPTED};
use crate::{Fault, Workbook};

/// What stands for the optional part of an exercise that shows answers as they come.
const STREAM: &str = "--stream";

/// Runs the program that an exercise has for this, with these arguments.
///
/// # Errors
///
/// If there is no such exercise or program, or it cannot be built.
pub fn run(workbook: &Workbook, name: &str, mut arguments: Vec<String>) -> Result<ExitCode, Fault> {
    let mut answer = workbook.find(name)?;
    if let Some(at) = arguments.iter().position(|argument| argument == STREAM) {
        arguments.remove(at);
        let part = workbook.optional_parts(&answer.exercise).next();
        let part =
            part.ok_or_else(|| Fault(format!("{} has nothing to stream", answer.package)))?;
        answer = workbook.answer(part, answer.owner);
    }
    interrupt::is_left_to_the_program()?;
    let code = cargo::run_example(&answer, "live", &arguments)?;
    let code = code.map_or(INTERRUPTED, |code| u8::try_from(code).unwrap_or(NOT_PASSED));
    Ok(ExitCode::from(code))
}
