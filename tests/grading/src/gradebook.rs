//! The grades of a class, as data. All reports are made from this.
//!
//! The file `gradebook.json` has what is small. Each verdict, with its schedules, is in a file of
//! its own and is read when it is needed, so that a large class does not need much memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use scan::Finding;
use serde::{Deserialize, Serialize};
use workbook::Fault;
use workbook::exercise::{self, Check};
use workbook::verdict::Verdict;

use crate::shard::Shard;

/// The grades of a class: `gradebook.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gradebook {
    /// The folder that it is in. Paths of verdicts are relative to this.
    #[serde(skip)]
    pub folder: PathBuf,
    /// How answers were kept from doing harm.
    pub isolation: Isolation,
    /// Which part of the class this is, if not all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<Shard>,
    /// When a submission counts as late.
    pub deadline: Option<Timestamp>,
    /// The exercises that were graded, by number.
    pub exercises: Vec<Exercise>,
    /// What the instructor should know about what belongs to no learner.
    pub notes: Vec<String>,
    /// The learners, by id.
    pub learners: Vec<Learner>,
}

/// How answers were kept from doing harm while they were compiled and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// In namespaces of their own, with limits.
    Bubblewrap,
    /// By rules of the kernel on files and sockets, with limits.
    Landlock,
    /// Not at all: the instructor asked for that.
    Unsandboxed,
}

/// An exercise that was graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exercise {
    /// `exercise-4`.
    pub exercise: String,
    /// Its name in words: `semaphore`.
    pub title: String,
    /// The points of all checks.
    pub max_points: u32,
    /// Its checks, in the order of the verdict.
    pub checks: Vec<Check>,
    /// The headings of the sections that its checks name: `When two events meet` for
    /// `retry#meetings`. A workbook without its guide has none.
    #[serde(default)]
    pub sections: BTreeMap<String, String>,
}

/// A learner and their grades.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Learner {
    /// What tells learners apart: from the roster, or the name of what was handed in.
    pub id: String,
    /// The name, if it is known.
    pub name: Option<String>,
    /// The address, if the roster has one.
    pub email: Option<String>,
    /// What the instructor should know about the submission as a whole.
    pub notes: Vec<String>,
    /// One grade for each exercise of the gradebook, in its order.
    pub grades: Vec<Grade>,
}

/// What came of one learner's answer to one exercise.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grade {
    /// `exercise-4`.
    pub exercise: String,
    /// What came of it, in a word.
    pub status: Status,
    /// The points of the checks that pass. `None` if there is no grade yet: see `status`.
    pub points: Option<u32>,
    /// The answer that was judged: its path in the submissions, and the SHA-256 of its text.
    pub answer: Option<Answer>,
    /// Whether it was handed in after the deadline.
    pub late: bool,
    /// What a person has to look at: why an answer was refused, or what in it is unusual.
    pub review: Vec<Finding>,
    /// What the instructor should know: why there is no answer, or which attempt this is.
    pub notes: Vec<String>,
    /// The file with what the checks said, relative to the gradebook's folder, with `/`. It is
    /// read by [`Gradebook::verdict`].
    pub verdict: Option<String>,
}

/// The answer that a grade is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Its path in the submissions.
    pub found: String,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
    /// When it was handed in, if that is known.
    pub handed_in: Option<Timestamp>,
    /// The file with its text, relative to the gradebook's folder, with `/`. It is read by
    /// [`Gradebook::text`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy: Option<String>,
}

/// What came of an answer, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All checks pass.
    Passed,
    /// At least one check fails.
    Failed,
    /// No check fails, and at least one is inconclusive.
    Inconclusive,
    /// rustc does not accept it.
    DoesNotCompile,
    /// It is still the stub.
    NotStarted,
    /// Nothing was handed in.
    Missing,
    /// Something was handed in that cannot be judged: see the notes. No grade: a person decides.
    Unreadable,
    /// It uses something that no answer needs, and was not run: see `review`. No grade: a person
    /// decides.
    Refused,
    /// Something is wrong with the workbook or the machine. No grade: grade it again.
    GraderError,
}

impl Exercise {
    /// What a gradebook says of an exercise.
    pub fn of(exercise: &exercise::Exercise) -> Self {
        let section = |check: &Check| {
            let (page, anchor) = check.guide.split_once('#')?;
            Some((check.guide.clone(), exercise.section(page, anchor)?.title))
        };
        Self {
            exercise: format!("exercise-{}", exercise.number),
            title: exercise.title(),
            max_points: exercise.checks.iter().map(|check| check.points).sum(),
            checks: exercise.checks.clone(),
            sections: exercise.checks.iter().filter_map(section).collect(),
        }
    }
}

impl Learner {
    /// The notes on the submission as a whole, but for what the note of a grade says, too.
    pub fn other_notes(&self) -> impl Iterator<Item = &String> {
        let of_grades = self.grades.iter().flat_map(|grade| &grade.notes);
        let is_said = move |note: &String| of_grades.clone().any(|said| said.contains(note));
        self.notes.iter().filter(move |note| !is_said(note))
    }
}

impl Gradebook {
    /// The name of its file in its folder.
    pub const FILE: &str = "gradebook.json";

    /// Reads the gradebook in a folder.
    ///
    /// # Errors
    ///
    /// If there is none, or it is not as it should be.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let gradebook: Self = read_json(&folder.join(Self::FILE))?;
        Ok(Self { folder: folder.to_owned(), ..gradebook })
    }

    /// The text of an answer, if there is a copy of it that can be read.
    pub fn text(&self, answer: &Answer) -> Option<String> {
        fs::read_to_string(self.folder.join(answer.copy.as_ref()?)).ok()
    }

    /// What the checks said about an answer, if it was judged.
    ///
    /// # Errors
    ///
    /// If the file of the verdict cannot be read.
    pub fn verdict(&self, grade: &Grade) -> Result<Option<Verdict>, Fault> {
        grade.verdict.as_ref().map(|path| read_json(&self.folder.join(path))).transpose()
    }
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, Fault> {
    let text = fs::read(path).map_err(Fault::of(path.display()))?;
    serde_json::from_slice(&text).map_err(Fault::of(path.display()))
}

impl Status {
    /// What it is called in reports.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::DoesNotCompile => "does not compile",
            Self::NotStarted => "not started",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::GraderError => "grader error",
        }
    }

    /// Whether there are points: those that a person or another run has to decide about have none.
    pub fn is_graded(self) -> bool {
        !matches!(self, Self::Unreadable | Self::Refused | Self::GraderError)
    }
}
