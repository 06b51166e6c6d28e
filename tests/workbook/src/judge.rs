//! Runs the checks of an answer to its verdict.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use harness::runner;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Fault;
use crate::checks::{self, Check};
use crate::compile::{self, Built};
use crate::exercises::Answer;
use crate::verdict::{CheckStatus, Judged, Status, Verdict};

/// Builds and judges an answer by all of its checks, or only by those named.
///
/// # Errors
///
/// If a name is of no check, or the workbook is not as it should be.
pub fn judge(root: &Path, answer: &Answer, only: &[String]) -> Result<Verdict, Fault> {
    let start = Instant::now();
    let checks = checks::of(answer.exercise, root)?;
    let named = only.iter().map(|name| find_check(&checks, name).map(|check| check.name.as_str()));
    let only = named.collect::<Result<Vec<&str>, Fault>>()?;
    let progress = progress();
    progress.set_message("compiling");
    let built = {
        let progress = progress.clone();
        compile::checks(answer, move |line| progress.set_message(line.to_owned()))
    };
    let none = |status, message| {
        progress.finish_and_clear();
        Ok(Verdict::none(&answer.package, status, message, &checks, start.elapsed()))
    };
    let binary = match built {
        Ok(Built::Checks(binary)) => binary,
        Ok(Built::DoesNotCompile(text)) => return none(Status::DoesNotCompile, text),
        Ok(Built::NotWithExplorer(text)) => {
            let why = "The answer compiles, but not on the explorer's primitives: they lack \
                       something that it uses. That is no fault of the answer. Until they have \
                       it, it can only be judged if it does without:";
            return none(Status::GraderError, format!("{why}\n\n{text}"));
        }
        Err(Fault(text)) => return none(Status::GraderError, text),
    };
    progress.set_style(style("{spinner} {pos}/{len} {wide_msg}"));
    progress.set_message("");
    let judged = run(&binary, &checks, &only, &progress);
    progress.finish_and_clear();
    match judged {
        Ok(judged) => Ok(Verdict::of(&answer.package, judged, start.elapsed())),
        Err(Fault(text)) => none(Status::GraderError, text),
    }
}

/// The check of this name.
///
/// # Errors
///
/// If there is none; the error names those that are like it.
pub fn find_check<'a>(checks: &'a [Check], name: &str) -> Result<&'a Check, Fault> {
    let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
    checks.iter().find(|check| check.name == plain).ok_or_else(|| {
        let words: Vec<&str> = plain.split('_').filter(|word| word.len() > 3).collect();
        let like = |check: &&Check| words.iter().any(|word| check.name.contains(word));
        let some: Vec<&Check> = checks.iter().filter(like).collect();
        let some = if some.is_empty() { checks.iter().collect() } else { some };
        let names: Vec<String> = some.iter().map(|check| format!("  {}", check.name)).collect();
        Fault(format!("there is no check `{name}`; there is\n{}", names.join("\n")))
    })
}

/// Each check in a process of its own, as many at once as there are processors.
fn run(
    binary: &Path,
    checks: &[Check],
    only: &[&str],
    progress: &ProgressBar,
) -> Result<Vec<Judged>, Fault> {
    let wanted = |check: &Check| only.is_empty() || only.contains(&check.name.as_str());
    progress.set_length(checks.iter().filter(|check| wanted(check)).count() as u64);
    let tests = tests(binary)?;
    let next = AtomicUsize::new(0);
    let judged: Vec<OnceLock<Result<Judged, Fault>>> =
        checks.iter().map(|_| OnceLock::new()).collect();
    let work = || {
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(check) = checks.get(at) else { break };
            judged[at].get_or_init(|| {
                if !wanted(check) {
                    return Ok(Judged::not_run(check));
                }
                progress.set_message(check.title.clone());
                let result = run_one(binary, &tests, check);
                progress.inc(1);
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

fn run_one(
    binary: &Path,
    tests: &BTreeMap<String, String>,
    check: &Check,
) -> Result<Judged, Fault> {
    let test = tests.get(&check.name);
    let test = test.ok_or_else(|| Fault(format!("there is no test for {}", check.name)))?;
    let report = runner::run(binary, test)
        .map_err(Fault::of(format!("the check {} cannot be run", check.name)))?;
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

/// A line that says what is being done, where somebody can watch it.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0).with_style(style("{spinner} {wide_msg}"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a constant of ours")
}
