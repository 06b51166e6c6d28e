//! Ends a check that does not end by itself.
//!
//! No limit here is a limit on time: how long something takes says more about the machine, and
//! about what else runs on it, than about the answer. The watchdog uses what the operating system
//! knows about the process.
//!
//! **Endless.** The process has used far more processor time than a check needs. On a busy machine
//! it takes longer to use that much, and that is all.
//!
//! **Stuck.** All threads of the process sleep: each waits for an event, and none is running or
//! ready to run. In a check of a right answer some thread can always go on, since nothing waits
//! for real time: the clock of tokio is virtual, and the other end of each socket is in the same
//! process. A thread that is ready and gets no processor does not count as asleep, so a busy
//! machine does not look like a hang.
//!
//! A check that hangs may still work a little. While a `spawn_blocking` task runs, tokio does not
//! advance its paused clock, and every `sleep` of a check takes real time; each time one ends, the
//! process works for some microseconds. So a look that finds a thread awake only cancels out one
//! that found all asleep: a process that sleeps most of the time is stuck. One that is awake half
//! of the time or more soon reaches the limit on processor time.
//!
//! Only Linux tells whether a thread is ready to run. Elsewhere, a process is taken to sleep if it
//! has hardly used a processor since the last look. That is true, too, of a process that gets no
//! processor, so there it has to be seen for longer.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;
use std::{fs, io};

use cpu_time::ProcessTime;
use explorer::progress::runs_begun;

use schedule::{Outcome, Status};

use crate::hangs;
use crate::process::end;

/// When a run does not end. A check is one run, unless it says when the next one begins: an
/// interleaving, or a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How often the watchdog looks at the process.
    interval: Duration,
    /// The most processor time for a run.
    max_work: Duration,
}

impl Limits {
    /// For checks and interleavings, which need some hundredths of a second, and less.
    const RUN: Self =
        Self { interval: Duration::from_millis(50), max_work: Duration::from_secs(2) };
    /// For sequences, which need a millisecond.
    pub(crate) const SEQUENCE: Self = Self { max_work: Duration::from_millis(500), ..Self::RUN };
    /// For one sequence of many that are tried, where a wrong guess does no harm.
    pub(crate) const TRY: Self =
        Self { interval: Duration::from_millis(4), max_work: Duration::from_millis(100) };
}

static LIMITS: Mutex<Limits> = Mutex::new(Limits::RUN);

/// Changes the limits, from the next run on.
pub(crate) fn set_limits(limits: Limits) {
    *LIMITS.lock().expect("no code that can panic runs under this lock") = limits;
}

/// The most processor time for all of them together, which need a second or two. The limit on the
/// number of interleavings comes first, unless each of them computes for long.
const MAX_WORK_OF_SEARCH: Duration = Duration::from_secs(110);

/// How many more looks have to find all threads asleep than find one awake.
const MAX_ASLEEP: u32 = 24;
/// The same where threads are known only by the processor time that they use.
const MAX_ASLEEP_BY_WORK: u32 = 100;
/// A process that works less than this between two looks hardly works.
const LITTLE_WORK: Duration = Duration::from_micros(2500);

/// Whether the runtime of the check waits for a socket or a timer, and not inside a poll.
static IDLE: AtomicBool = AtomicBool::new(false);

/// Tells whether the runtime of the check is idle now.
pub(crate) fn set_idle(idle: bool) {
    IDLE.store(idle, Relaxed);
}

/// Watches the process from now on, and ends it at a limit.
pub(crate) fn start() {
    thread::spawn(move || {
        let start = ProcessTime::now();
        let this_thread = fs::read_link("/proc/thread-self").ok();
        let (mut asleep, mut worked_before) = (0_u32, Duration::ZERO);
        let (mut run, mut worked_before_it) = (0, Duration::ZERO);
        loop {
            let Limits { interval, max_work } =
                *LIMITS.lock().expect("no code that can panic runs under this lock");
            thread::sleep(interval);
            let worked = start.elapsed();
            if runs_begun() > run {
                run = runs_begun();
                (worked_before_it, asleep) = (worked, 0);
            }
            let others = this_thread.as_ref().and_then(|this| others_sleep(this).ok());
            let (sleeps, max_asleep) = match others {
                Some(sleep) => (sleep, MAX_ASLEEP),
                None => (worked - worked_before < LITTLE_WORK, MAX_ASLEEP_BY_WORK),
            };
            worked_before = worked;
            asleep = if sleeps { asleep + 1 } else { asleep.saturating_sub(1) };

            if worked - worked_before_it > max_work {
                end(hangs::endless());
            } else if worked > MAX_WORK_OF_SEARCH {
                let message = "the search was given up: what the code computes in each interleaving \
                               takes too much processor time";
                end(Outcome::new(Status::Inconclusive, message));
            } else if asleep >= max_asleep {
                end(if IDLE.load(Relaxed) { hangs::waits_forever() } else { hangs::stuck() });
            }
        }
    });
}

/// Whether all threads but this one wait for an event, as Linux tells it. A thread that waits for
/// a disk does not: its data always comes.
fn others_sleep(this: &Path) -> io::Result<bool> {
    for thread in fs::read_dir("/proc/self/task")? {
        let thread = thread?.path();
        if thread.file_name() == this.file_name() {
            continue;
        }
        // "1234 (a name) S …". A thread that has ended since then does not work either.
        let Ok(stat) = fs::read_to_string(thread.join("stat")) else { continue };
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
        if state != Some('S') {
            return Ok(false);
        }
    }
    Ok(true)
}
