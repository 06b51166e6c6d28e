//! The timeline of a model: what can be observed from outside, in the order in which it happened.
//!
//! shuttle runs all tasks of a model on one thread of the operating system, so the recorder is a
//! thread-local.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::Location;

use schedule::{Found, Operation, Schedule, Source, Step};
use shuttle::current::try_get_current_task;
use shuttle::scheduler::TaskId;

use super::text;

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Recorder {
    lanes: Vec<String>,
    /// The lane that a task has used last.
    of_task: BTreeMap<TaskId, usize>,
    steps: Vec<Step>,
    /// What lanes wait for, in the order in which they began to.
    waiting: Vec<(usize, String)>,
}

/// A task of the answer that has done nothing yet that the model sees.
const UNNAMED: &str = "another task";

pub(super) fn start() {
    RECORDER.set(Some(Recorder::default()));
}

/// Ends the recording. `stuck` says that nothing that is waited for will happen.
pub(super) fn finish(stuck: bool) -> Option<Schedule> {
    let Recorder { lanes, mut steps, waiting, .. } = RECORDER.take()?;
    if stuck {
        let stuck = waiting
            .into_iter()
            .map(|(lane, what)| Step { text: Some(what), ..Step::new(lane, Operation::Stuck) });
        steps.extend(stuck);
    }
    let answer = text::answer();
    let lines = steps.iter().filter_map(|step| {
        let line = step.line?;
        Some((line, answer.line(line)?.to_owned()))
    });
    let source = Source { file: answer.file.to_owned(), lines: lines.collect() };
    Some(Schedule {
        scenario: String::new(),
        threads: lanes,
        steps,
        outcome: String::new(),
        notes: Vec::new(),
        found: Found::Seeded { seed: 0 },
        source,
    })
}

/// A column of the timeline: the events of one task or other participant.
#[derive(Clone, Debug)]
pub struct Lane(String);

impl Lane {
    /// The lane of this name. Lanes are shown in the order in which they are first used.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        with(|recorder| {
            recorder.lane(&name);
        });
        Self(name)
    }

    /// Records an event.
    pub fn note(&self, what: impl Into<String>) {
        with(|recorder| {
            let lane = recorder.lane(&self.0);
            if let Some(task) = try_get_current_task() {
                recorder.of_task.insert(task, lane);
            }
            let step = Step { text: Some(what.into()), ..Step::new(lane, Operation::Event) };
            recorder.steps.push(step);
        });
    }

    /// Records the event `what`, and awaits the future. If the future never completes, the timeline
    /// ends with `stuck`.
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

    /// Says that this lane waits for something while the guard lives. If that never happens, the
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

/// Records what the running task does at a place of the answer.
pub fn note_of_task(place: &Location<'_>, what: impl FnOnce() -> String) {
    if let Some(task) = try_get_current_task() {
        note_of(task, place, what);
    }
}

/// Records what becomes of something that a task did at a place of the answer.
pub(super) fn note_of(task: TaskId, place: &Location<'_>, what: impl FnOnce() -> String) {
    with(|recorder| {
        let known = recorder.of_task.get(&task).copied();
        let lane = known.unwrap_or_else(|| {
            let unnamed = recorder.lanes.iter().filter(|lane| lane.starts_with(UNNAMED)).count();
            let lane = recorder.lane(&format!(
                "{UNNAMED}{}",
                if unnamed == 0 { String::new() } else { format!(" {}", unnamed + 1) }
            ));
            recorder.of_task.insert(task, lane);
            lane
        });
        let step = Step::new(lane, Operation::Event);
        recorder.steps.push(Step { text: Some(what()), line: Some(place.line()), ..step });
    });
}

/// While it lives, its lane waits.
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
    // A guard may be dropped after the thread-local.
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
