//! Judges known answers, several at a time. A verdict that is known is not made again.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use grading::judge::Grader;
use workbook::Workbook;
use workbook::exercise::{Check, Exercise};
use workbook::verdict::Verdict;

pub struct Judging {
    grader: Grader<'static>,
    /// The grader's slots that nobody uses now, and how many there are.
    slots: Mutex<Vec<usize>>,
    used: AtomicUsize,
}

impl Judging {
    pub fn new(workbook: &'static Workbook) -> Self {
        let grade = Path::new(env!("CARGO_BIN_EXE_grade"));
        let exercises: Vec<_> = workbook.with_optional().cloned().collect();
        let grader = Grader::new(workbook, &exercises, None, grade);
        let grader = grader.expect("the workbook is complete");
        Self { grader, slots: Mutex::default(), used: AtomicUsize::default() }
    }

    pub fn judge(&self, exercise: &Arc<Exercise>, text: &str, checks: &[&Check]) -> Verdict {
        let slots = || self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots().pop().unwrap_or_else(|| self.used.fetch_add(1, Relaxed));
        let verdict = self.grader.judge_by(slot, exercise, text, checks);
        slots().push(slot);
        verdict
    }
}

/// The workbook that the tests are in. Tests have to live as long as the process.
pub fn workbook() -> &'static Workbook {
    Box::leak(Box::new(Workbook::here().expect("the tests run inside the workbook")))
}
