//! A line on the terminal that shows what is being done.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::answer::AnswerSource;

/// The line. It disappears when its last clone is dropped.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Whether it is about one answer. Then it counts nothing until the checks run.
    one: bool,
}

impl Progress {
    /// For one answer.
    pub fn of_one() -> Self {
        Self { bar: bar("{spinner} {wide_msg}", 0), one: true }
    }

    /// For several answers, with this many checks in all.
    pub fn of_all(checks: usize) -> Self {
        let style = "{spinner} {bar:20} {pos}/{len}  {prefix} {wide_msg}";
        Self { bar: bar(style, checks), one: false }
    }

    /// For nobody to see.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), one: true }
    }

    /// The checks of an answer are being built.
    pub fn compile(&self, answer: &AnswerSource, checks: usize) {
        if self.one {
            self.bar.set_length(checks as u64);
        }
        self.bar.set_prefix(answer.package.clone());
        self.bar.set_message("compiling");
    }

    /// The checks are being run.
    pub fn run(&self) {
        if self.one {
            self.bar.set_style(style("{spinner} {pos}/{len} {wide_msg}"));
        }
        self.bar.set_message("");
    }

    /// Shows what is being done now.
    pub fn say(&self, words: &str) {
        self.bar.set_message(words.to_owned());
    }

    /// Counts checks that are done.
    pub fn advance(&self, checks: usize) {
        self.bar.inc(checks as u64);
    }
}

fn bar(template: &str, length: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64).with_style(style(template));
    let bar = bar.with_finish(ProgressFinish::AndClear);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are valid")
}
