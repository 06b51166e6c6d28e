//! The workers that judge a class.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState, ProgressStyle};
use workbook::exercise::Exercise;
use workbook::verdict::{Status, Verdict};
use workbook::{Fault, interrupt, terminal};

use super::Verdicts;
use crate::submission::AnswerFile;

/// Judges answers on all processors, and writes each verdict as soon as it is there.
///
/// # Errors
///
/// If a verdict cannot be written. Then no further answer is judged.
pub(super) fn judge_all(
    jobs: &[(&Arc<Exercise>, &AnswerFile)],
    verdicts: &Verdicts<'_>,
    progress: &Progress,
) -> Result<(), Fault> {
    progress.begin(jobs.len());
    let next = AtomicUsize::new(0);
    let fault = Mutex::new(None);
    let work = |slot| {
        while let Some((exercise, answer)) = jobs.get(next.fetch_add(1, Relaxed)) {
            interrupt::heed();
            let verdict =
                catch_unwind(AssertUnwindSafe(|| verdicts.judge.judge(slot, exercise, answer)));
            // What an interrupt has ended is no verdict.
            interrupt::heed();
            let verdict = verdict.unwrap_or_else(|_| it_panicked(exercise));
            if let Err(cannot_write) = verdicts.write(exercise, answer, &verdict) {
                fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cannot_write);
                next.store(jobs.len(), Relaxed);
            }
            progress.judged();
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for slot in 0..workers {
            scope.spawn(move || work(slot));
        }
    });
    match fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
        None => Ok(()),
        Some(fault) => Err(fault),
    }
}

/// The verdict if the workbook itself has a bug. The panic hook has printed where.
fn it_panicked(exercise: &Exercise) -> Verdict {
    let package = format!("exercise-{}", exercise.number);
    let message = "the grader panicked; that is a bug of the workbook".to_owned();
    Verdict::without_checks(&package, Status::GraderError, Some(message), exercise, Duration::ZERO)
}

/// Shows how many answers are judged: a bar on a terminal, and elsewhere a line now and then.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Whether to print lines where there is no terminal.
    lines: bool,
}

impl Progress {
    /// A bar that appears when the first answer is judged.
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = "{spinner} {bar:30} {pos} of {len}  {rate}  {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is valid");
        let rate = |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            // The bar shows nothing where it cannot be written to.
            let _ = write!(to, "{:.0} a minute", state.per_sec() * 60.0);
        };
        let bar = bar.with_style(style.with_key("rate", rate));
        Self { bar: bar.with_finish(ProgressFinish::AndClear), lines: true }
    }

    /// Shows nothing.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), lines: false }
    }

    fn begin(&self, answers: usize) {
        self.bar.set_length(answers as u64);
        if self.lines {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn judged(&self) {
        self.bar.inc(1);
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
        // Ten lines in all, for the log of a cluster.
        let tenth = |done: u64| done * 10 / all.max(1);
        if self.lines && self.bar.is_hidden() && tenth(done) > tenth(done - 1) {
            terminal::print_error(format!("judged {done} of {all} answers"));
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}
