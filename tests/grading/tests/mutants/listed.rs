//! What `tests/N-name/mutants.toml` says: which designs are mutated, and which mutants no check
//! catches.

use serde::Deserialize;
use workbook::Fault;
use workbook::exercise::Exercise;

use crate::generate::Mutant;

/// A `mutants.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutated {
    /// The designs that are mutated, besides the solution.
    pub designs: Vec<String>,
    /// The mutants that no check catches.
    #[serde(default)]
    pub missed: Vec<Listed>,
}

/// A mutant that no check catches.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The design, or `solution`.
    pub answer: String,
    /// The change, and the function, as cargo-mutants names them.
    pub mutant: String,
    /// The first line that is changed: a function may have the same change twice.
    pub line: String,
    /// Why it still keeps the contract, or which gap of the checks it shows.
    #[expect(dead_code, reason = "for those who read the file; here it only has to be there")]
    pub why: String,
}

impl Mutated {
    /// Reads the file of an exercise.
    pub fn read(exercise: &Exercise) -> Result<Self, Fault> {
        let path = exercise.tests.join("mutants.toml");
        let text = std::fs::read_to_string(&path).map_err(Fault::of(path.display()))?;
        toml::from_str(&text).map_err(Fault::of(path.display()))
    }

    /// Takes the entry about a mutant out of the list.
    pub fn take(&mut self, answer: &str, mutant: &Mutant) -> Option<Listed> {
        let at = self.missed.iter().position(|entry| {
            entry.answer == answer && entry.mutant == mutant.change && entry.line == mutant.line
        })?;
        Some(self.missed.remove(at))
    }
}
