//! Ends a check that does not end.
//!
//! The clock on the wall would say more of the machine than of the answer. So the
//! watchdog looks at the time that the *process* has had: one that computes on and on
//! has used up its share, however long that took; one that gets nothing done because
//! all its threads sleep is stuck.

use std::thread;
use std::time::Duration;

use cpu_time::ProcessTime;
use explorer::progress::interleavings_begun;

use schedule::{Cause, Outcome, Status};

use crate::doing;

const TICK: Duration = Duration::from_millis(100);
/// Less work than this in a tick is none: the watchdog itself does some.
const NO_WORK: Duration = Duration::from_millis(1);

/// A check of behaviour works for some hundredths of a second, an interleaving for less.
const MOST_WORK: Duration = Duration::from_secs(2);
/// A search works for a second or two.
const MOST_WORK_IN_A_SEARCH: Duration = Duration::from_secs(90);
/// So many ticks in a row without work, and nothing will come any more.
const MOST_IDLE_TICKS: u32 = 20;

/// Watches from now on; at a limit it calls `end`, which has to end the process.
pub(crate) fn start(end: impl Fn(Outcome) + Send + 'static) {
    thread::spawn(move || {
        let start = ProcessTime::now();
        let (mut before, mut idle) = (Duration::ZERO, 0);
        let (mut interleaving, mut worked_before_it) = (0, Duration::ZERO);
        loop {
            thread::sleep(TICK);
            let worked = start.elapsed();
            idle = if worked - before < NO_WORK { idle + 1 } else { 0 };
            before = worked;
            if interleavings_begun() > interleaving {
                interleaving = interleavings_begun();
                worked_before_it = worked;
            }
            let doing = doing::current();
            if worked - worked_before_it > MOST_WORK {
                let message = format!("endless: it works on and on{doing}");
                end(Outcome::new(Status::Timeout, message).because(Cause::Endless));
            } else if worked > MOST_WORK_IN_A_SEARCH {
                let message = "the search took too long, and was given up";
                end(Outcome::new(Status::Inconclusive, message));
            } else if idle >= MOST_IDLE_TICKS {
                let message = format!("stuck: every thread is blocked{doing}");
                end(Outcome::new(Status::Timeout, message).because(Cause::Stuck));
            }
        }
    });
}
