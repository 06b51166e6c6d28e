//! What cargo-mutants makes of an answer.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use workbook::{Fault, Workbook};

/// An answer with one change.
pub struct Mutant {
    /// What was changed, and in which function.
    pub change: String,
    /// Where that is: the line and the column.
    pub place: String,
    /// The first line that was changed, as it was.
    pub line: String,
    /// The whole text.
    pub text: String,
}

/// What is read of the list that cargo-mutants prints.
#[derive(Deserialize)]
struct Listed {
    /// The place and the change: `slab.rs:12:9: replace + with - in f`.
    name: String,
    diff: String,
}

/// All mutants of the answer in a file.
pub fn mutants(workbook: &Workbook, file: &Path) -> Result<Vec<Mutant>, Fault> {
    let program = workbook.root().join("target/tools/bin/cargo-mutants");
    let output = Command::new(program)
        .args(["mutants", "--json", "--Zmutate-file"])
        .arg(file)
        .output()
        .map_err(Fault::of("cargo-mutants cannot be run; `just mutants` installs it"))?;
    if !output.status.success() {
        return Err(Fault(format!("cargo-mutants: {}", String::from_utf8_lossy(&output.stderr))));
    }
    let listed: Vec<Listed> = serde_json::from_slice(&output.stdout)
        .map_err(Fault::of("the list that cargo-mutants prints"))?;
    let answer = std::fs::read_to_string(file).map_err(Fault::of(file.display()))?;
    listed.into_iter().map(|listed| listed.mutant(&answer)).collect()
}

impl Listed {
    fn mutant(self, answer: &str) -> Result<Mutant, Fault> {
        let Self { name, diff } = self;
        // Its header has the change in the place of a file's name.
        let hunks = &diff[diff.find("@@").unwrap_or_default()..];
        let patch = diffy::Patch::from_str(hunks).map_err(Fault::of(&name))?;
        let text = diffy::apply(answer, &patch).map_err(Fault::of(&name))?;
        let changed = answer.lines().zip(text.lines()).find(|(old, new)| old != new);
        let line = changed.map_or("", |(old, _)| old).trim().to_owned();
        let [_, at, column, change] = name.splitn(4, ':').collect::<Vec<_>>()[..] else {
            return Err(Fault(format!("cargo-mutants names a mutant without a place: {name}")));
        };
        let place = format!("{at}:{column}");
        Ok(Mutant { change: change.trim().to_owned(), place, line, text })
    }
}
