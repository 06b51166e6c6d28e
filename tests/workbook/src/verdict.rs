//! The verdict on an answer, as data: what `--format json` prints.

use std::time::Duration;

use scan::Finding;
use schedule::{Cause, Schedule, Story};
use serde::{Deserialize, Serialize};

use crate::exercise::{Check, Exercise, Kind};

/// What the checks of an exercise say about an answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// The name of the answer's package, such as `exercise-4`.
    pub exercise: String,
    /// The verdict in a word.
    pub status: Status,
    /// The points of the checks that pass.
    pub points: u32,
    /// The points of all checks.
    pub max_points: u32,
    /// How long it took to compile the answer and to run the checks, in milliseconds.
    pub duration_ms: u128,
    /// All checks of the exercise, in their order.
    pub checks: Vec<CheckResult>,
    /// What the compiler or the workbook says, if no check could be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// rustc's warnings that often explain a failure, about the answer's file, as rustc shows
    /// them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
    /// Why the answer is refused; or what in it a person should look at, if it was run.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}

/// The verdict in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All checks that were to run pass.
    Passed,
    /// At least one check fails.
    Failed,
    /// The answer uses something that no answer may use, so it was neither compiled nor run.
    Refused,
    /// rustc does not accept the answer.
    DoesNotCompile,
    /// No check fails, and at least one is inconclusive.
    Inconclusive,
    /// The answer is still the stub, so there is nothing to build.
    NotStarted,
    /// Something is wrong with the workbook or the system, not with the answer.
    GraderError,
}

/// A check, and how it ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// The name of the check's test function.
    pub name: String,
    /// What holds when the check passes.
    pub title: String,
    /// What the check runs on.
    pub kind: Kind,
    /// How it ended.
    pub status: CheckStatus,
    /// All of its points if it passed, or else none.
    pub points: u32,
    /// What the check counts for.
    pub max_points: u32,
    /// Why it failed, where the reason is more general than the check.
    #[serde(default)]
    pub cause: Option<Cause>,
    /// What was expected and what was seen; or why the check was not run.
    pub message: Option<String>,
    /// The interleaving that fails.
    pub schedule: Option<Schedule>,
    /// The sequence of calls and events that fails.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub story: Option<Story>,
    /// How many interleavings, schedules or sequences all passed, if the check searches them.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub searched: u64,
    /// Its page in the guide and an anchor there, if the guide has that page.
    pub guide: Option<String>,
    /// rustc's error about the answer, where it explains the failure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub compiler_error: Option<String>,
    /// The beginning of what the answer printed.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub printed: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// All that it asserts holds.
    Passed,
    /// Something that it asserts does not hold.
    Failed,
    /// It did not end.
    Timeout,
    /// Neither: a limit was reached, or the explorer lacks something.
    Inconclusive,
    /// It was not run. A message says why, unless it was not selected.
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

impl CheckResult {
    /// The result of a check that was not run.
    pub fn not_run(exercise: &Exercise, check: &Check) -> Self {
        let page = check.guide.split('#').next().unwrap_or_default();
        Self {
            name: check.name.clone(),
            title: check.title.clone(),
            kind: check.kind,
            status: CheckStatus::NotRun,
            points: 0,
            max_points: check.points,
            cause: None,
            message: None,
            schedule: None,
            story: None,
            searched: 0,
            guide: exercise.guide_page(page).is_file().then(|| check.guide.clone()),
            compiler_error: None,
            printed: String::new(),
        }
    }

    /// Whether it says that the answer is wrong.
    pub fn fails(&self) -> bool {
        matches!(self.status, CheckStatus::Failed | CheckStatus::Timeout)
    }

    /// Whether it is inconclusive.
    pub fn is_inconclusive(&self) -> bool {
        self.status == CheckStatus::Inconclusive
    }

    /// Whether it was not run because it was not selected.
    pub fn is_not_selected(&self) -> bool {
        self.status == CheckStatus::NotRun && self.message.is_none()
    }

    /// Whether it was not run because of what the checks before it found.
    pub fn is_skipped(&self) -> bool {
        self.status == CheckStatus::NotRun && self.message.is_some()
    }

    /// Whether it found that the answer never lets go of a thread: further checks would most
    /// likely find the same.
    pub fn hangs(&self) -> bool {
        self.fails() && matches!(self.cause, Some(Cause::Stuck | Cause::Endless))
    }

    /// Whether another check that does not pass says the same.
    fn says_the_same_as(&self, other: &Self) -> bool {
        let drawn = [self, other].iter().any(|check| check.steps().is_some());
        let general = self.cause.is_some_and(is_general);
        !drawn
            && self.status == other.status
            && self.cause == other.cause
            && (general || self.message == other.message)
    }

    /// How many steps or events there are to follow, if one of them is shown.
    fn steps(&self) -> Option<usize> {
        let steps = self.schedule.as_ref().map(|schedule| schedule.steps.len());
        steps.or(self.story.as_ref().map(|story| story.events.len()))
    }

    /// How good a beginning it is to understand this failure first; less is better.
    fn rank(&self) -> (u32, usize) {
        let steps = self.steps();
        let plain = matches!(self.kind, Kind::Behaviour | Kind::Ollama);
        let rank = match self.cause {
            // Explains all the others.
            Some(Cause::Bypass) => 0,
            Some(Cause::NotWritten) => 6,
            // One order of events, and in a few words what was expected.
            None | Some(Cause::Panicked | Cause::NotSend) if plain => 1,
            _ if steps.is_some() => 2,
            _ if plain => 3,
            _ if self.kind == Kind::Explored => 4,
            _ => 5,
        };
        // Plain checks are in the order in which they are best understood.
        (rank, steps.filter(|_| rank == 2).unwrap_or(0))
    }
}

/// Whether a cause says more than the check that found it: what to fix is the same for all checks.
pub fn is_general(cause: Cause) -> bool {
    use Cause::{Bypass, Crashed, Endless, Limit, Prints, Stuck};
    matches!(cause, Bypass | Stuck | Endless | Crashed | Prints | Limit)
}

impl Verdict {
    /// The verdict that follows from the checks.
    pub fn of(exercise: &str, checks: Vec<CheckResult>, took: Duration) -> Self {
        let status = if checks.iter().any(CheckResult::fails) {
            Status::Failed
        } else if checks.iter().any(|check| check.status == CheckStatus::Inconclusive) {
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
            warnings: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The verdict when no check was run.
    pub fn without_checks(
        package: &str,
        status: Status,
        message: Option<String>,
        exercise: &Exercise,
        took: Duration,
    ) -> Self {
        let checks = exercise.checks.iter().map(|check| CheckResult::not_run(exercise, check));
        Self { status, message, ..Self::of(package, checks.collect(), took) }
    }

    /// The checks that fail, in their order.
    pub fn failing(&self) -> impl Iterator<Item = &CheckResult> {
        self.checks.iter().filter(|check| check.fails())
    }

    /// The failure to fix first: the one that explains the others, or else the one that is
    /// easiest to follow.
    pub fn first_to_fix(&self) -> Option<&CheckResult> {
        match self.skipped() {
            0 => self.failing().min_by_key(|check| check.rank()),
            // The checks that hang are why the rest was not run. A guard of a lock that is held
            // across an await makes them hang, and where it is not `Send`, rustc shows it.
            _ => {
                let not_send = self.failing().find(|check| check.cause == Some(Cause::NotSend));
                not_send.or_else(|| self.failing().find(|check| check.hangs()))
            }
        }
    }

    /// The checks that were not run because of what those before them found.
    pub fn skipped(&self) -> usize {
        self.checks.iter().filter(|check| check.is_skipped()).count()
    }

    /// The checks that do not pass, in their order. Those that fail for the same reason, and have
    /// no interleaving of their own to show, are together.
    pub fn failures_by_cause(&self) -> Vec<Vec<&CheckResult>> {
        let mut groups: Vec<Vec<&CheckResult>> = Vec::new();
        for check in self.checks.iter().filter(|check| check.fails() || check.is_inconclusive()) {
            match groups.iter_mut().find(|group| group[0].says_the_same_as(check)) {
                Some(group) => group.push(check),
                None => groups.push(vec![check]),
            }
        }
        groups
    }

    /// How many checks ended in this way.
    pub fn count(&self, status: CheckStatus) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }
}
