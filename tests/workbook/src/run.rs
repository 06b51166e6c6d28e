//! Runs the checks of an answer, each in a process of its own.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use schedule::Search;
use schedule::runner::{self, Launcher};

use crate::compile::Checks;
use crate::exercise::{Check, Exercise, Kind};
use crate::progress::Progress;
use crate::verdict::{CheckResult, CheckStatus};
use crate::{Fault, interrupt};

/// After this many checks in a row that hang, the rest is not run.
const MAX_HANGS_IN_A_ROW: usize = 3;
/// The same for checks that hang, with others between them.
const MAX_HANGS: usize = 6;
/// The checks of a test binary: the path of each by its name.
pub type Tests = Arc<BTreeMap<String, String>>;

/// The checks to run, and how.
pub(crate) struct Run<'a> {
    pub checks: &'a Checks,
    pub launcher: &'a dyn Launcher,
    pub tests: &'a BTreeMap<String, String>,
    pub exercise: &'a Exercise,
    pub selected: &'a [&'a Check],
    /// The one schedule that explored checks run.
    pub seed: Option<u64>,
}

impl Run<'_> {
    /// Runs the checks, so many at once. Returns the results of all checks of the exercise, in
    /// their order.
    ///
    /// After some checks that hang, those after them are not run. Which ones these are depends on
    /// the order of the checks alone, and not on how fast each of them ends.
    pub fn all(&self, at_once: usize, progress: &Progress) -> Result<Vec<CheckResult>, Fault> {
        let stop = AtomicBool::new(false);
        let queue = Mutex::new(Queue::new(self));
        let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
        let work = || {
            loop {
                let next = lock().next();
                let Some(at) = next else { break };
                interrupt::heed();
                let check = &self.exercise.checks[at];
                progress.say(&check.title);
                let result = self.one(check, &stop).transpose();
                progress.advance(1);
                let mut queue = lock();
                if let Some(result) = result {
                    queue.record(at, result);
                }
                stop.fetch_or(queue.is_over(), Relaxed);
            }
        };
        thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(work);
            }
        });
        queue.into_inner().unwrap_or_else(PoisonError::into_inner).results(self.exercise)
    }

    /// The result of one check, or `None` if it was stopped.
    fn one(&self, check: &Check, stop: &AtomicBool) -> Result<Option<CheckResult>, Fault> {
        let not_run = CheckResult::not_run(self.exercise, check);
        if let (Kind::Explored, Some(lacking)) = (check.kind, &self.checks.lacking) {
            let message = format!(
                "not explored, which is not the answer's fault: the explorer lacks something that \
                 it uses: {lacking}"
            );
            let status = CheckStatus::Inconclusive;
            return Ok(Some(CheckResult { status, message: Some(message), ..not_run }));
        }
        let test = self.tests.get(&check.name);
        let test = test.ok_or_else(|| Fault(format!("there is no test for {}", check.name)))?;
        let report = match self.seed {
            None => runner::run_unless(stop, self.launcher, test),
            Some(seed) => runner::run_once(self.launcher, test, Search::Replay(seed)).map(Some),
        };
        let cannot_run = Fault::of(format!("the check {} cannot be run", check.name));
        let Some(report) = report.map_err(cannot_run)? else { return Ok(None) };
        let status = CheckStatus::from(report.outcome.status);
        let explored = status == CheckStatus::Passed && check.kind == Kind::Explored;
        let note = (explored && self.checks.with_std_arc).then(|| WITH_STD_ARC.to_owned());
        Ok(Some(CheckResult {
            status,
            points: if status == CheckStatus::Passed { check.points } else { 0 },
            cause: report.outcome.cause,
            message: report.outcome.message.or(note),
            schedule: report.outcome.schedule,
            story: report.outcome.story,
            searched: report.outcome.searched,
            printed: report.printed,
            ..not_run
        }))
    }
}

/// What is said of an explored check that passes, if the answer does not compile with the explorer's
/// `Arc`.
const WITH_STD_ARC: &str =
    "tried with std's `Arc`: no threads are switched where one is cloned, dropped or counted";

/// The checks that are still to be started, and the results so far. Numbers are places in the
/// order of the exercise's checks.
struct Queue {
    waiting: VecDeque<usize>,
    /// `None` for those that have not ended.
    results: Vec<Option<CheckResult>>,
    fault: Option<Fault>,
}

impl Queue {
    fn new(run: &Run<'_>) -> Self {
        let is_selected = |check: &Check| run.selected.iter().any(|one| one.name == check.name);
        let results: Vec<_> = run
            .exercise
            .checks
            .iter()
            .map(|check| match is_selected(check) {
                true => None,
                false => Some(CheckResult::not_run(run.exercise, check)),
            })
            .collect();
        let mut waiting: Vec<usize> =
            (0..results.len()).filter(|&at| results[at].is_none()).collect();
        waiting.sort_by_key(|&at| !run.exercise.checks[at].long);
        Self { waiting: waiting.into(), results, fault: None }
    }

    /// The next check to start.
    fn next(&mut self) -> Option<usize> {
        if self.is_over() { None } else { self.waiting.pop_front() }
    }

    /// Whether no further result counts.
    fn is_over(&self) -> bool {
        self.fault.is_some() || self.end().is_some()
    }

    fn record(&mut self, at: usize, result: Result<CheckResult, Fault>) {
        match result {
            Ok(result) => self.results[at] = Some(result),
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Where the checks that count end, if too many of them hang.
    fn end(&self) -> Option<usize> {
        let selected = |result: &Option<CheckResult>| {
            !result.as_ref().is_some_and(CheckResult::is_not_selected)
        };
        let results = self.results.iter().enumerate().filter(|(_, result)| selected(result));
        too_many_hang(results.map(|(at, result)| (at, result.as_ref().map(CheckResult::hangs))))
    }

    /// The results that count.
    fn results(self, exercise: &Exercise) -> Result<Vec<CheckResult>, Fault> {
        let end = self.end().unwrap_or(self.results.len());
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let results = self.results.into_iter().zip(&exercise.checks).enumerate();
        let results = results.map(|(at, (result, check))| {
            let counts = |result: &CheckResult| at < end || result.is_not_selected();
            result.filter(counts).unwrap_or_else(|| CheckResult {
                message: Some("not run: too many checks before it hang".to_owned()),
                ..CheckResult::not_run(exercise, check)
            })
        });
        Ok(results.collect())
    }
}

/// The place after the last check that counts, if too many of them hang. The checks come by their
/// places, with `None` for one that has not ended: what comes after it cannot count yet.
fn too_many_hang(hangs: impl Iterator<Item = (usize, Option<bool>)>) -> Option<usize> {
    let (mut in_a_row, mut in_all) = (0, 0);
    for (at, hangs) in hangs {
        match hangs? {
            true => {
                in_a_row += 1;
                in_all += 1;
            }
            false => in_a_row = 0,
        }
        if in_a_row == MAX_HANGS_IN_A_ROW || in_all == MAX_HANGS {
            return Some(at + 1);
        }
    }
    None
}

/// The checks of a test binary. The last part of a path is the check's name. An answer that is
/// mounted there may have tests of its own; these are left out.
///
/// # Errors
///
/// If the binary cannot be run.
pub fn tests(binary: &Path) -> Result<Tests, Fault> {
    let list = Command::new(binary).args(["--list", "--format", "terse"]).output();
    let list = list.map_err(Fault::of(binary.display()))?;
    let list = String::from_utf8_lossy(&list.stdout);
    let paths = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let paths = paths.filter(|path| path.starts_with("checks::"));
    let name = |path: &str| path.rsplit("::").next().unwrap_or(path).to_owned();
    Ok(Arc::new(paths.map(|path| (name(path), path.to_owned())).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `h` hangs, `p` does not, `?` has not ended, and a space is not selected.
    fn end(checks: &str) -> Option<usize> {
        let selected = checks.chars().enumerate().filter(|&(_, check)| check != ' ');
        too_many_hang(selected.map(|(at, check)| (at, (check != '?').then_some(check == 'h'))))
    }

    #[test]
    fn three_in_a_row_or_six_in_all_are_too_many() {
        assert_eq!(end("phhphhphp"), None);
        assert_eq!(end("phhphhhp"), Some(7));
        assert_eq!(end("h h hp"), Some(5));
        assert_eq!(end("hphphphphphph"), Some(11));
    }

    #[test]
    fn what_comes_after_a_running_check_does_not_count_yet() {
        assert_eq!(end("h?hhh"), None);
    }
}
