//! What the workbook needs of a machine, and what of that is there.

mod ollama;
mod programs;
mod source;
mod version;

use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use programs::{PROGRAMS, Program};
use source::System;
use version::Version;

pub use ollama::Address;

/// What something is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The exercises: what each learner needs.
    Exercises,
    /// The guide.
    Guide,
    /// `just live`.
    Live,
    /// `just grade`.
    Grading,
    /// The tests of the workbook itself.
    Tests,
}

impl Purpose {
    /// All, the most important first.
    pub const ALL: [Self; 5] =
        [Self::Exercises, Self::Guide, Self::Live, Self::Grading, Self::Tests];
}

/// One thing that is needed, and whether it is there.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is needed for.
    pub purpose: Purpose,
    /// What it is called.
    pub name: &'static str,
    /// Its version if it will do, or else what is wrong.
    pub state: Result<String, String>,
    /// What it does for the workbook, in words that follow "it".
    pub does: &'static str,
    /// The command that gets it on this system, or the page that says how.
    pub get: String,
}

/// Looks at all that the workbook in this folder may need.
pub fn examine(root: &Path) -> Vec<Finding> {
    let path = path_with_tools(root);
    let system = System::found(&path);
    let here = PROGRAMS.iter().filter(|program| program.is_for_this_system());
    let mut findings: Vec<Finding> =
        here.map(|program| finding_of(program, &path, &system)).collect();
    let host = env::var("OLLAMA_HOST").unwrap_or_default();
    findings.push(ollama::finding(&host, &system));
    findings
}

/// Whether all is there that a learner needs.
pub fn is_ready(findings: &[Finding]) -> bool {
    let mut needed = findings.iter().filter(|finding| finding.purpose == Purpose::Exercises);
    needed.all(|finding| finding.state.is_ok())
}

/// The folders with programs, those first that the justfile has put into the workbook.
fn path_with_tools(root: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let tools = root.join("target/tools/bin");
    let folders = [tools].into_iter().chain(env::split_paths(&path));
    // A folder whose name has the separator in it cannot be in a `PATH`.
    env::join_paths(folders).unwrap_or(path)
}

fn finding_of(program: &Program, path: &OsString, system: &System) -> Finding {
    let state = ask(program.command, path).and_then(|version| match program.minimum {
        Some(minimum) if version < Version::of(minimum) => {
            Err(format!("is {version}, and has to be {minimum} or later"))
        }
        _ => Ok(version.to_string()),
    });
    Finding {
        purpose: program.purpose,
        name: program.name,
        state,
        does: program.does,
        get: system.command(&program.get),
    }
}

/// The version that a program says it has.
fn ask(command: &[&str], path: &OsString) -> Result<Version, String> {
    let output = Command::new(command[0])
        .args(&command[1..])
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => "is missing".to_owned(),
            _ => format!("does not run: {error}"),
        })?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        let said = words(&output.stderr);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
        return Err(format!("does not run: {said}"));
    }
    let said = words(&output.stdout);
    Version::in_text(&said).ok_or_else(|| format!("has no version: `{}`", command.join(" ")))
}
