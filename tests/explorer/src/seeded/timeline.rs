//! What can be observed of a model from outside, in the order in which it happened.
//!
//! shuttle runs all tasks of a model on one thread of the operating system, so what is
//! recorded is a thread-local.

use std::cell::RefCell;
use std::future::Future;

use schedule::{Found, Operation, Schedule, Source, Step};

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Recorder {
    lanes: Vec<String>,
    steps: Vec<Step>,
    /// What lanes wait for, in the order in which they began.
    waiting: Vec<(usize, String)>,
}

pub(super) fn start() {
    RECORDER.set(Some(Recorder::default()));
}

/// Ends the recording. `stuck` says that what is waited for will not come.
pub(super) fn finish(stuck: bool) -> Option<Schedule> {
    let Recorder { lanes, mut steps, waiting } = RECORDER.take()?;
    if stuck {
        let stuck = waiting
            .into_iter()
            .map(|(lane, what)| Step { text: Some(what), ..Step::new(lane, Operation::Stuck) });
        steps.extend(stuck);
    }
    Some(Schedule {
        scenario: String::new(),
        threads: lanes,
        steps,
        outcome: String::new(),
        notes: Vec::new(),
        found: Found::Seeded { seed: 0 },
        source: Source::default(),
    })
}

/// A column of the timeline: somebody who does one thing after the other.
#[derive(Clone, Debug)]
pub struct Lane(String);

impl Lane {
    /// The lane of this name. Lanes stand in the order in which they are first asked for.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        with(|recorder| {
            recorder.lane(&name);
        });
        Self(name)
    }

    /// Records that something happened.
    pub fn note(&self, what: impl Into<String>) {
        with(|recorder| {
            let lane = recorder.lane(&self.0);
            let step = Step { text: Some(what.into()), ..Step::new(lane, Operation::Event) };
            recorder.steps.push(step);
        });
    }

    /// Records that something is done, and awaits it. If that never ends, the timeline ends
    /// with `stuck`.
    pub async fn call<F: Future>(
        &self,
        what: impl Into<String>,
        stuck: impl Into<String>,
        future: F,
    ) -> F::Output {
        self.note(what);
        let _waiting = self.wait(stuck);
        future.await
    }

    /// This lane waits for something as long as the guard lives; if it never comes, the
    /// timeline ends with `stuck`.
    pub fn wait(&self, stuck: impl Into<String>) -> Waiting {
        let waiting = with(|recorder| {
            let lane = recorder.lane(&self.0);
            recorder.waiting.push((lane, stuck.into()));
            recorder.waiting.last().expect("pushed just now").clone()
        });
        Waiting(waiting)
    }
}

/// Stands for a lane that waits.
#[derive(Debug)]
pub struct Waiting(Option<(usize, String)>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(waiting) = &self.0 else { return };
        with(|recorder| {
            let at = recorder.waiting.iter().position(|other| other == waiting);
            at.map(|at| recorder.waiting.remove(at))
        });
    }
}

fn with<R>(f: impl FnOnce(&mut Recorder) -> R) -> Option<R> {
    // A guard may be dropped when the thread has ended already.
    RECORDER.try_with(|recorder| recorder.borrow_mut().as_mut().map(f)).ok().flatten()
}

impl Recorder {
    fn lane(&mut self, name: &str) -> usize {
        let known = self.lanes.iter().position(|lane| lane == name);
        known.unwrap_or_else(|| {
            self.lanes.push(name.to_owned());
            self.lanes.len() - 1
        })
    }
}
