//! Ends a check that does not end.
//!
//! The clock on the wall would say more of the machine than of the answer. So the
//! watchdog looks at the time that the *process* has had: one that computes on and on
//! has used up its share, however long that took; one that gets nothing done because
//! all its threads sleep is stuck.

use std::thread;
use std::time::Duration;

use cpu_time::ProcessTime;

use crate::probe;
use crate::record::{Outcome, Status};

const TICK: Duration = Duration::from_millis(100);
/// Less work than this in a tick is none: the watchdog itself does some.
const NO_WORK: Duration = Duration::from_millis(1);

/// How much a check may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Processor time, of all threads.
    pub(crate) work: Duration,
    /// Ticks in a row without work.
    pub(crate) idle_ticks: u32,
    /// What it means when the work is used up.
    pub(crate) when_worked: Status,
}

impl Limits {
    /// A check of behaviour works for some milliseconds.
    pub(crate) const BEHAVIOUR: Limits =
        Limits { work: Duration::from_secs(4), idle_ticks: 20, when_worked: Status::Timeout };
    /// A search works for up to a second or two. Its model's threads are not the
    /// system's, so it never idles, unless the answer blocks the whole search.
    pub(crate) const EXPLORED: Limits =
        Limits { work: Duration::from_secs(90), idle_ticks: 20, when_worked: Status::Inconclusive };
}

/// Watches from now on; at a limit it calls `end`, which has to end the process.
pub(crate) fn start(limits: Limits, end: impl Fn(Outcome) + Send + 'static) {
    thread::spawn(move || {
        let start = ProcessTime::now();
        let (mut before, mut idle) = (Duration::ZERO, 0);
        loop {
            thread::sleep(TICK);
            let worked = start.elapsed();
            idle = if worked - before < NO_WORK { idle + 1 } else { 0 };
            before = worked;
            if worked > limits.work {
                let message = match limits.when_worked {
                    Status::Inconclusive => "the search took too long, and was given up".to_owned(),
                    _ => format!("endless: it works on and on{}", probe::what_it_was_doing()),
                };
                end(Outcome::new(limits.when_worked, message));
            } else if idle >= limits.idle_ticks {
                let doing = probe::what_it_was_doing();
                let message = format!("stuck: every thread is blocked{doing}");
                end(Outcome::new(Status::Timeout, message));
            }
        }
    });
}
