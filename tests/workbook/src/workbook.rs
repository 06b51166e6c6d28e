//! The workbook as a whole: its exercises, and the names that they can be called by.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Fault;
use crate::answer::{AnswerSource, Owner};
use crate::exercise::Exercise;

/// The folder of the workbook, and the exercises that are in it.
#[derive(Debug)]
pub struct Workbook {
    root: PathBuf,
    exercises: Vec<Arc<Exercise>>,
    optional: Vec<Arc<Exercise>>,
}

impl Workbook {
    /// Opens the workbook that the current folder is in, or else the one that this program was
    /// built in.
    ///
    /// # Errors
    ///
    /// If there is neither, or as [`open`](Self::open).
    pub fn here() -> Result<Self, Fault> {
        let is_root = |folder: &&Path| {
            folder.join("exercises").is_dir() && folder.join("tests/workbook").is_dir()
        };
        let here = env::current_dir().map_err(Fault::of("the current folder"))?;
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.ancestors().find(is_root).or_else(|| built_in.ancestors().find(is_root));
        let root = root
            .ok_or_else(|| Fault(format!("{} is not in a copy of the workbook", here.display())))?;
        Self::open(root)
    }

    /// Opens the workbook in a folder: every `tests/N-name/exercise.toml` is an exercise.
    ///
    /// # Errors
    ///
    /// If an exercise cannot be read, or two have the same number.
    pub fn open(root: &Path) -> Result<Self, Fault> {
        let tests = root.join("tests");
        let mut exercises = Vec::new();
        for entry in fs::read_dir(&tests).map_err(Fault::of(tests.display()))? {
            let folder = entry.map_err(Fault::of(tests.display()))?.path();
            if folder.join("exercise.toml").is_file() {
                exercises.push(Arc::new(Exercise::read(&folder)?));
            }
        }
        let (optional, mut exercises): (Vec<_>, Vec<_>) =
            exercises.into_iter().partition(|exercise: &Arc<Exercise>| exercise.optional);
        exercises.sort_by_key(|exercise| exercise.number);
        if let Some(pair) = exercises.windows(2).find(|pair| pair[0].number == pair[1].number) {
            let folders = pair.iter().map(|exercise| exercise.folder()).collect::<Vec<_>>();
            return Err(Fault(format!("{} have the same number", folders.join(" and "))));
        }
        Ok(Self { root: root.to_owned(), exercises, optional })
    }

    /// The folder of the workbook.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that everything is built in: `target`, or where `CARGO_TARGET_DIR` says, as for
    /// cargo. On a machine of a cluster that is a disk of its own.
    pub fn target(&self) -> PathBuf {
        let elsewhere = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
        self.root.join(elsewhere.unwrap_or_else(|| "target".into()))
    }

    /// All exercises, by number.
    pub fn exercises(&self) -> &[Arc<Exercise>] {
        &self.exercises
    }

    /// The exercises, and after them their optional parts.
    pub fn with_optional(&self) -> impl Iterator<Item = &Arc<Exercise>> {
        self.exercises.iter().chain(&self.optional)
    }

    /// The optional parts of an exercise.
    pub fn optional_parts(&self, of: &Exercise) -> impl Iterator<Item = &Arc<Exercise>> {
        let number = of.number;
        self.optional.iter().filter(move |part| part.number == number)
    }

    /// The answer to an exercise by the learner, or its solution.
    pub fn answer(&self, exercise: &Arc<Exercise>, owner: Owner) -> AnswerSource {
        let (package, folder) = match owner {
            Owner::Learner => (format!("exercise-{}", exercise.label()), "exercises"),
            Owner::Workbook => (format!("solution-{}", exercise.label()), "solutions"),
        };
        let file = format!("{folder}/{}/src/{}.rs", exercise.folder(), exercise.name);
        AnswerSource {
            exercise: exercise.clone(),
            package,
            workspace: self.root.clone(),
            file: file.into(),
            owner,
        }
    }

    /// The answers to all exercises by the learner, or all solutions, if that is what a name
    /// means: none, `exercises`, or `solutions`.
    pub fn find_all(&self, name: Option<&str>) -> Option<Vec<AnswerSource>> {
        let owner = match name.map(str::trim) {
            None | Some("" | "exercises") => Owner::Learner,
            Some("solutions") => Owner::Workbook,
            Some(_) => return None,
        };
        Some(self.exercises.iter().map(|exercise| self.answer(exercise, owner)).collect())
    }

    /// The learner's answer that a name means.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find), and if the name means a solution.
    pub fn find_learners(&self, name: &str) -> Result<AnswerSource, Fault> {
        let answer = self.find(name)?;
        match answer.owner {
            Owner::Learner => Ok(answer),
            Owner::Workbook => {
                let yours = self.answer(&answer.exercise, Owner::Learner).package;
                let package = answer.package;
                Err(Fault(format!("{package} is the solution; your answer is {yours}")))
            }
        }
    }

    /// The answer that a name means: `exercise-4`, `4`, `semaphore`, `2.3`, `solution-4`, or a
    /// path of the exercise.
    ///
    /// # Errors
    ///
    /// If the name means none. The error lists the exercises.
    pub fn find(&self, name: &str) -> Result<AnswerSource, Fault> {
        let plain = name.trim().to_lowercase().replace(['_', ' '], "-").replace('\\', "/");
        let plain = plain.trim_start_matches("./").trim_end_matches('/');
        let (owner, rest) = match plain.strip_prefix("solution") {
            Some(rest) => (Owner::Workbook, rest),
            None => (Owner::Learner, plain.strip_prefix("exercise").unwrap_or(plain)),
        };
        let rest = rest.trim_start_matches("s/").trim_start_matches('-');
        let rest = rest.split('/').next().unwrap_or(rest);
        let exercise = self.with_optional().find(|exercise| {
            let name = exercise.name.replace('_', "-");
            let number = exercise.number.to_string();
            [number, name, exercise.guide_number.clone(), exercise.folder()]
                .iter()
                .any(|known| known == rest)
        });
        exercise.map(|exercise| self.answer(exercise, owner)).ok_or_else(|| {
            let known = self.with_optional().map(|exercise| {
                let (label, name) = (exercise.label(), exercise.name.replace('_', "-"));
                let (others, optional) = match exercise.optional {
                    true => (name, "; optional"),
                    false => (format!("{label}, {name}, {}", exercise.guide_number), ""),
                };
                format!(
                    "  exercise-{label}   or {others}; its solution: solution-{label}{optional}"
                )
            });
            let known = known.collect::<Vec<_>>().join("\n");
            Fault(format!("there is no exercise `{name}`; there is\n{known}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workbook() -> Workbook {
        Workbook::here().expect("the tests run inside the workbook")
    }

    #[test]
    fn an_exercise_has_many_names() {
        let names = [
            "exercise-4",
            "4",
            "semaphore",
            "2.3",
            "Exercise_4",
            "exercise4",
            "4-semaphore",
            "exercises/4-semaphore",
            "./exercises/4-semaphore/",
            "exercise 4",
            "exercises/4-semaphore/src/semaphore.rs",
            r"exercises\4-semaphore\src\semaphore.rs",
        ];
        for name in names {
            let answer = workbook().find(name);
            assert_eq!(answer.expect(name).package, "exercise-4", "{name}");
        }
        for name in [
            "streaming",
            "3-streaming",
            "exercise-3-streaming",
            "exercises/3-streaming/src/streaming.rs",
        ] {
            let answer = workbook().find(name);
            assert_eq!(answer.expect(name).package, "exercise-3-streaming", "{name}");
        }
        let solution = workbook().find("solution-3-streaming").expect("it is there");
        assert_eq!(solution.package, "solution-3-streaming");
        for name in ["3", "exercise-3", "2.2"] {
            assert_eq!(workbook().find(name).expect(name).package, "exercise-3", "{name}");
        }
        for name in ["solution-4", "solutions/4-semaphore", "Solution 4", "solution-semaphore"] {
            let answer = workbook().find(name);
            assert_eq!(answer.expect(name).package, "solution-4", "{name}");
        }
    }

    #[test]
    fn an_unknown_name_lists_the_right_ones() {
        for name in ["exercise-9", "", "sema", "exercise"] {
            let fault = workbook().find(name).expect_err(name);
            for line in [
                "exercise-4   or 4, semaphore, 2.3; its solution: solution-4\n",
                "exercise-3-streaming   or streaming; its solution: solution-3-streaming; optional",
            ] {
                assert!(fault.0.contains(line), "{fault}");
            }
        }
    }
}
