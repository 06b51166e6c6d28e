//! What `tests/N-name/exercise.toml` says about an exercise: its names, and its checks in the
//! order of the verdict.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::guide::{self, Section};
use crate::{Fault, read};

/// An exercise of the workbook.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Its place among the exercises, from 1.
    pub number: u32,
    /// The name of its library; with hyphens, of its folders.
    pub name: String,
    /// Its number in the Go guide that the workbook follows, such as `2.3`.
    pub guide_number: String,
    /// How its explored checks look for an interleaving that fails, if it has such checks.
    pub search: Option<Search>,
    /// The crates that an answer may use, besides std.
    pub crates: Vec<String>,
    /// Whether it is an optional part of the exercise with its number: its checks count no points,
    /// and no class is graded by it.
    #[serde(default)]
    pub optional: bool,
    /// Its checks, in the order of the verdict.
    #[serde(rename = "check")]
    pub checks: Vec<Check>,
    /// The folder `tests/N-name`, which holds all that grades the exercise.
    #[serde(skip)]
    pub tests: PathBuf,
}

/// How explored checks search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Every interleaving of each model, by loom.
    Exhaustive,
    /// A fixed number of schedules of each model, by shuttle. Each has a seed, and replays.
    Seeded,
}

/// A check of an exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The name of its test function.
    pub name: String,
    /// What holds when it passes.
    pub title: String,
    /// What it runs on.
    pub kind: Kind,
    /// What it counts for; the points of an exercise add up to 100.
    pub points: u32,
    /// Whether it takes a large part of the time of all checks: it is started first, and a core
    /// does not end with it alone.
    #[serde(default, skip_serializing)]
    pub long: bool,
    /// The checks of behaviour that find the same mistakes as this explored one: its interleaving
    /// shows what they cannot.
    #[serde(default, skip_serializing)]
    pub draws: Vec<String>,
    /// Its place in the guide: a page, and an anchor there.
    pub guide: String,
    /// Two hints; the second says more than the first.
    pub hints: [String; 2],
}

/// What a check runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The library, polled by hand or on a paused clock.
    Behaviour,
    /// The library, on real threads under load.
    Race,
    /// The library, with generated sequences of calls and events on a paused clock.
    Sequences,
    /// The answer mounted on the explorer's primitives, under many interleavings.
    Explored,
    /// The library, against the Ollama mock on real sockets.
    Ollama,
}

impl Exercise {
    /// Reads the file `exercise.toml` in a folder `tests/N-name`.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not as it should be, or does not match the folder's name.
    pub fn read(tests: &Path) -> Result<Self, Fault> {
        let path = tests.join("exercise.toml");
        let text = read(&path)?;
        let exercise: Self = toml::from_str(&text).map_err(Fault::of(path.display()))?;
        if tests.file_name().is_none_or(|folder| folder != &*exercise.folder()) {
            let (path, folder) = (path.display(), exercise.folder());
            return Err(Fault(format!("{path}: this exercise belongs into a folder {folder}")));
        }
        Ok(Self { tests: tests.to_owned(), ..exercise })
    }

    /// The name of its folders: `4-semaphore`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.number, self.name.replace('_', "-"))
    }

    /// What its packages are called after: `4` for exercise-4, `3-streaming` for an optional part.
    pub fn label(&self) -> String {
        if self.optional { self.folder() } else { self.number.to_string() }
    }

    /// Its name in words: `worker pool`.
    pub fn title(&self) -> String {
        self.name.replace('_', " ")
    }

    /// The file that a learner begins with, where nobody edits it.
    pub fn stub(&self) -> PathBuf {
        self.tests.join("stub.rs")
    }

    /// The file of a page of the guide; a workbook without its guide has none.
    pub fn guide_page(&self, page: &str) -> PathBuf {
        let root = self.tests.ancestors().nth(2).unwrap_or(&self.tests);
        root.join("guide/src").join(page).with_extension("md")
    }

    /// A section of a page of the guide, if there are both.
    pub fn section(&self, page: &str, anchor: &str) -> Option<Section> {
        let markdown = read(&self.guide_page(page)).ok()?;
        guide::sections(&markdown).into_iter().find(|section| section.anchor == anchor)
    }

    /// Whether a check can be run again from a seed.
    pub fn has_seeds(&self, check: &Check) -> bool {
        match check.kind {
            Kind::Sequences => true,
            Kind::Explored => self.search == Some(Search::Seeded),
            Kind::Behaviour | Kind::Race | Kind::Ollama => false,
        }
    }

    /// The check of this name, or with this title.
    ///
    /// # Errors
    ///
    /// If there is none. The error names the checks that are like it.
    pub fn check(&self, name: &str) -> Result<&Check, Fault> {
        let plain = |name: &str| name.trim().to_lowercase().replace(['-', ' '], "_");
        let wanted = plain(name);
        let means = |check: &&Check| check.name == wanted || plain(&check.title) == wanted;
        self.checks.iter().find(means).ok_or_else(|| {
            let words: Vec<&str> = wanted.split('_').filter(|word| word.len() > 3).collect();
            let like = |check: &&Check| words.iter().any(|word| check.name.contains(word));
            let some: Vec<&Check> = self.checks.iter().filter(like).collect();
            let some = if some.is_empty() { self.checks.iter().collect() } else { some };
            let names: Vec<String> = some.iter().map(|check| format!("  {}", check.name)).collect();
            Fault(format!("there is no check `{name}`; there is\n{}", names.join("\n")))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Workbook;

    #[test]
    fn a_check_is_found_by_its_name_and_by_its_title() {
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        for exercise in workbook.with_optional() {
            for check in &exercise.checks {
                let title = &check.title;
                for name in [&check.name, title, &title.replace(' ', "_"), &title.to_uppercase()] {
                    let found = exercise.check(name).expect(name);
                    assert_eq!(found.name, check.name, "{name}");
                }
            }
        }
    }
}
