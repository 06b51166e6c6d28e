//! A line that says what is being done, where somebody can watch it.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::answer::AnswerSource;

/// It is gone when the last of its clones is dropped.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Whether the bar is of one answer, which counts nothing before its checks run.
    one: bool,
}

impl Progress {
    /// For one answer.
    pub fn of_one() -> Self {
        Self { bar: bar("{spinner} {wide_msg}", 0), one: true }
    }

    /// One bar for the checks of several answers.
    pub fn of_all(checks: usize) -> Self {
        let style = "{spinner} {bar:20} {pos}/{len}  {prefix} {wide_msg}";
        Self { bar: bar(style, checks), one: false }
    }

    /// The checks of an answer are being built.
    pub fn compile(&self, answer: &AnswerSource, checks: usize) {
        if self.one {
            self.bar.set_length(checks as u64);
        }
        self.bar.set_prefix(answer.package.clone());
        self.bar.set_message("compiling");
    }

    /// They are being run.
    pub fn run(&self) {
        if self.one {
            self.bar.set_style(style("{spinner} {pos}/{len} {wide_msg}"));
        }
        self.bar.set_message("");
    }

    pub fn say(&self, words: &str) {
        self.bar.set_message(words.to_owned());
    }

    /// So many more checks are behind us.
    pub fn skip(&self, checks: usize) {
        self.bar.inc(checks as u64);
    }
}

fn bar(template: &str, length: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64).with_style(style(template));
    let bar = bar.with_finish(indicatif::ProgressFinish::AndClear);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a constant of ours")
}
