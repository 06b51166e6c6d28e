//! The exercises, and the names that they answer to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Fault;

/// An exercise of the workbook.
#[derive(Debug)]
pub struct Exercise {
    pub number: u32,
    /// The name of its library; with hyphens, of its folders.
    pub name: &'static str,
    /// Its number in the Go guide that the workbook began with.
    pub guide_number: &'static str,
    /// Whether its models are searched by seeds, and not in full.
    pub seeded: bool,
}

pub const EXERCISES: [Exercise; 4] = [
    Exercise { number: 1, name: "retry", guide_number: "1.1", seeded: false },
    Exercise { number: 2, name: "worker_pool", guide_number: "2.1", seeded: true },
    Exercise { number: 3, name: "parallel_handler", guide_number: "2.2", seeded: true },
    Exercise { number: 4, name: "semaphore", guide_number: "2.3", seeded: false },
];

/// Something to judge: a package with an answer to an exercise.
#[derive(Debug)]
pub struct Answer {
    pub exercise: &'static Exercise,
    /// `exercise-4`, or `solution-4`.
    pub package: String,
    /// The workspace that the package is in.
    pub workspace: PathBuf,
    /// The answer's file, from there.
    pub file: PathBuf,
}

/// Which of an exercise's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Learner,
    Solution,
}

impl Exercise {
    /// `4-semaphore`
    pub fn folder(&self) -> String {
        format!("{}-{}", self.number, self.name.replace('_', "-"))
    }

    /// All that grades it.
    pub fn tests(&self, root: &Path) -> PathBuf {
        root.join("tests").join(self.folder())
    }

    /// What a learner begins with, where nobody edits it.
    pub fn stub(&self, root: &Path) -> PathBuf {
        self.tests(root).join("stub.rs")
    }

    /// `worker pool`
    pub fn title(&self) -> String {
        self.name.replace('_', " ")
    }

    pub fn answer(&'static self, root: &Path, whose: Whose) -> Answer {
        let (package, folder) = match whose {
            Whose::Learner => (format!("exercise-{}", self.number), "exercises"),
            Whose::Solution => (format!("solution-{}", self.number), "solutions"),
        };
        let file = format!("{folder}/{}/src/{}.rs", self.folder(), self.name);
        Answer { exercise: self, package, workspace: root.to_owned(), file: file.into() }
    }
}

impl Answer {
    /// Where its file is.
    pub fn path(&self) -> PathBuf {
        self.workspace.join(&self.file)
    }

    /// What is in its file, or nothing if there is no file.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read.
    pub fn read(&self) -> Result<Option<String>, Fault> {
        match fs::read(self.path()) {
            // What is not text does not compile either; that is for the compiler to say.
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::of(self.file.display())(error)),
        }
    }

    /// What says that its file is not there, and how to get one.
    pub fn missing(&self) -> Fault {
        let (file, package) = (self.file.display(), &self.package);
        Fault(format!("{file} is not there; the stub comes back with: just reset {package}"))
    }
}

/// The learner's answers to all exercises, or the solutions of all, if a name means that.
pub fn find_all(root: &Path, name: Option<&str>) -> Option<Vec<Answer>> {
    let whose = match name.map(str::trim) {
        None | Some("" | "exercises") => Whose::Learner,
        Some("solutions") => Whose::Solution,
        Some(_) => return None,
    };
    Some(EXERCISES.iter().map(|exercise| exercise.answer(root, whose)).collect())
}

/// Finds the learner's answer that a name means.
///
/// # Errors
///
/// As [`find`], and if it is another's.
pub fn find_learners(root: &Path, name: &str) -> Result<Answer, Fault> {
    let answer = find(root, name)?;
    let learners = answer.exercise.answer(root, Whose::Learner);
    if answer.package == learners.package {
        Ok(answer)
    } else {
        let (package, learners) = (answer.package, learners.package);
        Err(Fault(format!("{package} is not an answer of yours; say {learners}")))
    }
}

/// Finds the answer that a name means: `exercise-4`, `4`, `semaphore`, `2.3`, `solution-4`,
/// or a path of the exercise.
///
/// # Errors
///
/// If it means none; the error lists those that there are.
pub fn find(root: &Path, name: &str) -> Result<Answer, Fault> {
    let plain = name.trim().to_lowercase().replace(['_', ' ', '\\'], "-");
    let plain = plain.trim_start_matches("./").trim_end_matches('/');
    let (whose, rest) = match plain.strip_prefix("solution") {
        Some(rest) => (Whose::Solution, rest),
        None => (Whose::Learner, plain.strip_prefix("exercise").unwrap_or(plain)),
    };
    let rest = rest.trim_start_matches("s/").trim_start_matches('-');
    let rest = rest.split("/").next().unwrap_or(rest);
    let means = |exercise: &&Exercise| {
        let name = exercise.name.replace('_', "-");
        [exercise.number.to_string(), name, exercise.guide_number.to_owned(), exercise.folder()]
            .iter()
            .any(|known| known == rest)
    };
    match EXERCISES.iter().find(means) {
        Some(exercise) => Ok(exercise.answer(root, whose)),
        None => {
            let known: Vec<String> = EXERCISES
                .iter()
                .map(|exercise| {
                    let Exercise { number, name, guide_number, .. } = exercise;
                    let name = name.replace('_', "-");
                    format!(
                        "  exercise-{number}   or {number}, {name}, {guide_number}; \
                         its solution: solution-{number}"
                    )
                })
                .collect();
            Err(Fault(format!("there is no exercise `{name}`; there is\n{}", known.join("\n"))))
        }
    }
}

/// The root of the workbook: the nearest folder above that has the exercises, or the one
/// that this program was built in.
///
/// # Errors
///
/// If neither is there.
pub fn root() -> Result<PathBuf, Fault> {
    let is_root = |folder: &&Path| {
        folder.join("exercises").is_dir() && folder.join("tests/workbook").is_dir()
    };
    let here = std::env::current_dir().map_err(Fault::of("the current folder"))?;
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .find(is_root)
        .or_else(|| built_in.ancestors().find(is_root))
        .map(Path::to_owned)
        .ok_or_else(|| Fault(format!("{} is not inside of the workbook", here.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_forgiving() {
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
        ];
        for name in names {
            let answer = find(Path::new("/root"), name);
            assert_eq!(answer.expect(name).package, "exercise-4", "{name}");
        }
        for name in ["solution-4", "solutions/4-semaphore", "Solution 4", "solution-semaphore"] {
            let answer = find(Path::new("/root"), name);
            assert_eq!(answer.expect(name).package, "solution-4", "{name}");
        }
    }

    #[test]
    fn an_unknown_name_lists_the_right_ones() {
        for name in ["exercise-9", "", "sema", "exercise"] {
            let fault = find(Path::new("/root"), name).expect_err(name);
            assert!(fault.0.contains("exercise-4   or 4, semaphore, 2.3"), "{fault}");
        }
    }
}
