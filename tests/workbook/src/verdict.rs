//! The verdict on an answer, as data: what `--format json` prints.

use std::time::Duration;

use schedule::Schedule;
use serde::{Deserialize, Serialize};

use crate::exercise::{Check, Kind};

#[derive(Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub exercise: String,
    pub status: Status,
    pub points: u32,
    pub max_points: u32,
    pub duration_ms: u128,
    pub checks: Vec<Judged>,
    /// What the compiler or the grader says, if it came to no check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Passed,
    Failed,
    DoesNotCompile,
    Inconclusive,
    /// The answer is the stub as it was: a zero that nobody has to build.
    NotStarted,
    GraderError,
}

/// A check, and how it ended.
#[derive(Debug, Serialize, Deserialize)]
pub struct Judged {
    pub name: String,
    pub title: String,
    pub kind: Kind,
    pub status: CheckStatus,
    pub points: u32,
    pub max_points: u32,
    pub message: Option<String>,
    pub schedule: Option<Schedule>,
    pub guide: String,
    /// The beginning of what the answer printed.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub printed: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    Passed,
    Failed,
    Timeout,
    Inconclusive,
    NotRun,
}

impl From<schedule::Status> for CheckStatus {
    fn from(status: schedule::Status) -> Self {
        match status {
            schedule::Status::Passed => Self::Passed,
            schedule::Status::Failed => Self::Failed,
            schedule::Status::Timeout => Self::Timeout,
            schedule::Status::Inconclusive => Self::Inconclusive,
        }
    }
}

impl Judged {
    pub fn not_run(check: &Check) -> Self {
        Self {
            name: check.name.clone(),
            title: check.title.clone(),
            kind: check.kind,
            status: CheckStatus::NotRun,
            points: 0,
            max_points: check.points,
            message: None,
            schedule: None,
            guide: check.guide.clone(),
            printed: String::new(),
        }
    }
}

impl Verdict {
    /// The verdict that follows from the checks.
    pub fn of(exercise: &str, checks: Vec<Judged>, took: Duration) -> Self {
        let any = |status| checks.iter().any(|check| check.status == status);
        let status = if any(CheckStatus::Failed) || any(CheckStatus::Timeout) {
            Status::Failed
        } else if any(CheckStatus::Inconclusive) {
            Status::Inconclusive
        } else {
            Status::Passed
        };
        Self {
            exercise: exercise.to_owned(),
            status,
            points: checks.iter().map(|check| check.points).sum(),
            max_points: checks.iter().map(|check| check.max_points).sum(),
            duration_ms: took.as_millis(),
            checks,
            message: None,
        }
    }

    /// The verdict when it came to no check.
    pub fn none(
        exercise: &str,
        status: Status,
        message: Option<String>,
        checks: &[Check],
        took: Duration,
    ) -> Self {
        let checks = checks.iter().map(Judged::not_run).collect();
        Self { status, message, ..Self::of(exercise, checks, took) }
    }

    /// The checks that say no, in their order.
    pub fn failing(&self) -> impl Iterator<Item = &Judged> {
        let no =
            |check: &&Judged| matches!(check.status, CheckStatus::Failed | CheckStatus::Timeout);
        self.checks.iter().filter(no)
    }

    /// How many checks ended so.
    pub fn count(&self, status: CheckStatus) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }
}
