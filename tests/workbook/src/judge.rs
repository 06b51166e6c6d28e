//! Runs the checks of an answer to its verdict.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use schedule::{Search, runner};

use crate::Fault;
use crate::answer::AnswerSource;
use crate::compile::{self, Built};
use crate::exercise::{self, Check, Exercise, Kind};
use crate::interrupt;
use crate::progress::Progress;
use crate::verdict::{CheckStatus, Judged, Status, Verdict};

/// Builds and judges an answer by all of its checks, or only by those named.
///
/// # Errors
///
/// If a name is of no check, or the workbook is not as it should be.
pub fn judge(answer: &AnswerSource, only: &[String]) -> Result<Verdict, Fault> {
    judge_and_tell(answer, only, &Progress::of_one())
}

/// As [`judge`], and tells how far it is.
///
/// # Errors
///
/// As [`judge`].
pub fn judge_and_tell(
    answer: &AnswerSource,
    only: &[String],
    progress: &Progress,
) -> Result<Verdict, Fault> {
    let exercise = &*answer.exercise;
    let wanted = match only {
        [] => exercise.checks.iter().collect(),
        _ => find_checks(exercise, only)?,
    };
    build_and_run(answer, &wanted, None, progress)
}

/// Runs explored checks of an answer, all or those named, under the schedule of one seed.
///
/// # Errors
///
/// As [`judge`], and if a check or the whole exercise has no seeds.
pub fn replay(answer: &AnswerSource, only: &[String], seed: u64) -> Result<Verdict, Fault> {
    if answer.exercise.search == exercise::Search::Exhaustive {
        let why = "its models are searched in full, without seeds";
        return Err(Fault(format!("{} has nothing to replay: {why}", answer.package)));
    }
    let exercise = &*answer.exercise;
    let named = match only {
        [] => exercise.checks.iter().filter(|check| check.kind == Kind::Explored).collect(),
        _ => find_checks(exercise, only)?,
    };
    if let Some(check) = named.iter().find(|check| check.kind != Kind::Explored) {
        return Err(Fault(format!("{} has nothing to replay: it is not explored", check.name)));
    }
    build_and_run(answer, &named, Some(seed), &Progress::of_one())
}

fn find_checks<'a>(exercise: &'a Exercise, names: &[String]) -> Result<Vec<&'a Check>, Fault> {
    names.iter().map(|name| exercise.check(name)).collect()
}

fn build_and_run(
    answer: &AnswerSource,
    wanted: &[&Check],
    seed: Option<u64>,
    progress: &Progress,
) -> Result<Verdict, Fault> {
    let start = Instant::now();
    let checks = &answer.exercise.checks;
    progress.compile(answer, wanted.len());
    let built = {
        let progress = progress.clone();
        compile::checks(answer, move |line| progress.say(line))
    };
    let none = |status, message| {
        progress.skip(wanted.len());
        Ok(Verdict::none(&answer.package, status, Some(message), checks, start.elapsed()))
    };
    let (binary, lacking) = match built {
        Ok(Built::Checks(binary)) => (binary, None),
        Ok(Built::Unexplored(binary, lacking)) => (binary, Some(lacking)),
        Ok(Built::DoesNotCompile(text)) => return none(Status::DoesNotCompile, text),
        Err(Fault(text)) => return none(Status::GraderError, text),
    };
    progress.run();
    match (Run { binary, lacking, seed }).all(checks, wanted, progress) {
        Ok(judged) => Ok(Verdict::of(&answer.package, judged, start.elapsed())),
        Err(Fault(text)) => none(Status::GraderError, text),
    }
}

/// What checks are run with.
struct Run {
    binary: PathBuf,
    /// What of the answer the explorer does not have.
    lacking: Option<String>,
    /// The one schedule of explored checks.
    seed: Option<u64>,
}

impl Run {
    /// Each check in a process of its own, as many at once as there are processors.
    fn all(
        &self,
        checks: &[Check],
        wanted: &[&Check],
        progress: &Progress,
    ) -> Result<Vec<Judged>, Fault> {
        let tests = tests(&self.binary)?;
        let next = AtomicUsize::new(0);
        let judged: Vec<OnceLock<Result<Judged, Fault>>> =
            checks.iter().map(|_| OnceLock::new()).collect();
        let work = || {
            loop {
                let at = next.fetch_add(1, Relaxed);
                let Some(check) = checks.get(at) else { break };
                judged[at].get_or_init(|| {
                    if !wanted.iter().any(|wanted| wanted.name == check.name) {
                        return Ok(Judged::not_run(check));
                    }
                    interrupt::heed();
                    progress.say(&check.title);
                    let result = self.one(&tests, check);
                    progress.skip(1);
                    result
                });
            }
        };
        let processors = thread::available_parallelism().map_or(2, usize::from);
        thread::scope(|scope| {
            for _ in 0..processors {
                scope.spawn(work);
            }
        });
        judged.into_iter().map(|judged| judged.into_inner().expect("each was taken once")).collect()
    }

    fn one(&self, tests: &BTreeMap<String, String>, check: &Check) -> Result<Judged, Fault> {
        if let (Kind::Explored, Some(lacking)) = (check.kind, &self.lacking) {
            return Ok(unexplored(check, lacking));
        }
        let test = tests.get(&check.name);
        let test = test.ok_or_else(|| Fault(format!("there is no test for {}", check.name)))?;
        let report = match self.seed {
            None => runner::run(&self.binary, test),
            Some(seed) => runner::run_once(&self.binary, test, Search::Replay(seed)),
        };
        let report =
            report.map_err(Fault::of(format!("the check {} cannot be run", check.name)))?;
        let status = CheckStatus::from(report.outcome.status);
        Ok(Judged {
            status,
            points: if status == CheckStatus::Passed { check.points } else { 0 },
            message: report.outcome.message,
            schedule: report.outcome.schedule,
            printed: report.printed,
            ..Judged::not_run(check)
        })
    }
}

/// The checks of a binary by the last part of their paths, which is the check's name. An
/// answer that is mounted there may have tests of its own; they are not asked.
///
/// # Errors
///
/// If the binary cannot be run.
pub fn tests(binary: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let list = Command::new(binary).args(["--list", "--format", "terse"]).output();
    let list = list.map_err(Fault::of(binary.display()))?;
    let list = String::from_utf8_lossy(&list.stdout);
    let paths = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let paths = paths.filter(|path| path.starts_with("checks::"));
    let name = |path: &str| path.rsplit("::").next().unwrap_or(path).to_owned();
    Ok(paths.map(|path| (name(path), path.to_owned())).collect())
}

/// No verdict either way: the explorer does not have all that the answer is made of.
fn unexplored(check: &Check, lacking: &str) -> Judged {
    let message = format!(
        "not explored, which is no fault of the answer: the explorer does not have all that it \
         uses: {lacking}"
    );
    Judged { status: CheckStatus::Inconclusive, message: Some(message), ..Judged::not_run(check) }
}
