//! What `exercise.toml` says of an exercise's checks.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::exercises::Exercise;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Behaviour,
    Race,
    Explored,
    Ollama,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub name: String,
    /// What holds when it passes.
    pub title: String,
    pub kind: Kind,
    pub points: u32,
    /// Its place in the guide: a page, and an anchor there.
    pub guide: String,
    /// The second says more than the first.
    pub hints: [String; 2],
}

#[derive(Deserialize)]
struct File {
    check: Vec<Check>,
}

/// The checks of an exercise, in the order of the verdict.
///
/// # Errors
///
/// If the file is not there, or not as it should be.
pub fn of(exercise: &Exercise, root: &Path) -> Result<Vec<Check>, Fault> {
    let path = exercise.tests(root).join("exercise.toml");
    let text = fs::read_to_string(&path).map_err(Fault::of(path.display()))?;
    let file: File = toml::from_str(&text).map_err(Fault::of(path.display()))?;
    Ok(file.check)
}
