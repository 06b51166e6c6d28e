//! Turns the operations of one interleaving into steps.

use std::collections::{BTreeSet, HashMap};
use std::panic::Location;

use loom::thread::ThreadId;
use schedule::{Found, Operation, Schedule, Source, Step, Switch};

use super::locks::{self, Holders};
use super::{Call, Object};
use crate::Answer;
use crate::answer::Frame;
use crate::names::Names;

pub(super) struct Recorder {
    answer: Answer,
    threads: Vec<Thread>,
    /// The thread that called or finished an operation last.
    running: usize,
    steps: Vec<Recorded>,
    names: Names,
    holders: Holders,
    /// The last value stored in each atomic.
    stored: HashMap<u32, String>,
    notes: BTreeSet<String>,
}

struct Thread {
    id: ThreadId,
    name: String,
    ended: bool,
    pending: Option<Pending>,
}

/// An operation that a thread has called and not finished.
struct Pending {
    call: Call,
    /// Whether a step shows it already.
    shown: bool,
}

/// A step, and what later steps need to know of it.
pub(super) struct Recorded {
    pub(super) step: Step,
    pub(super) object: Option<u32>,
    pub(super) frames: Vec<Frame>,
}

impl Thread {
    fn new(id: ThreadId, name: &str) -> Self {
        Self { id, name: name.to_owned(), ended: false, pending: None }
    }
}

impl Recorder {
    /// A recorder whose first thread is the running one, as `main`.
    pub(super) fn new(answer: Answer) -> Self {
        Self {
            answer,
            threads: vec![Thread::new(loom::thread::current().id(), "main")],
            running: 0,
            steps: Vec::new(),
            names: Names::default(),
            holders: Holders::default(),
            stored: HashMap::new(),
            notes: BTreeSet::new(),
        }
    }

    pub(super) fn thread_spawned(&mut self, id: ThreadId, name: &str) {
        self.threads.push(Thread::new(id, name));
    }

    pub(super) fn thread_ended(&mut self) {
        let thread = self.current();
        self.threads[thread].ended = true;
    }

    pub(super) fn remark(&mut self, note: impl FnOnce(&Answer) -> Option<String>) {
        self.notes.extend(note(&self.answer));
    }

    /// The index of the thread that loom runs now.
    pub(super) fn current(&self) -> usize {
        let id = loom::thread::current().id();
        self.threads.iter().position(|thread| thread.id == id).unwrap_or(0)
    }

    pub(super) fn call(
        &mut self,
        operation: Operation,
        object: Option<Object>,
        place: &Location<'_>,
    ) -> Call {
        let thread = self.current();
        self.running = thread;
        if let Some(object) = object {
            self.names.learn(&self.answer, object.id, place);
        }
        let frames = self.answer.frames();
        let line = match self.answer.is_file(place.file()) {
            true => Some(place.line()),
            false => frames.first().map(|frame| frame.line),
        };
        let call = Call { thread, operation, object, line, frames };
        self.threads[thread].pending = Some(Pending { call: call.clone(), shown: false });
        call
    }

    pub(super) fn done(&mut self, call: Call, fill: impl FnOnce(&mut Step)) {
        self.threads[call.thread].pending = None;
        self.record(call, fill);
    }

    pub(super) fn waits(&mut self, call: Call, fill: impl FnOnce(&mut Step)) {
        let thread = call.thread;
        self.record(call.clone(), fill);
        self.threads[thread].pending = Some(Pending { call, shown: true });
    }

    /// The thread has finished what it called, without a step.
    pub(super) fn goes_on(&mut self, thread: usize) {
        self.running = thread;
        self.threads[thread].pending = None;
    }

    fn record(&mut self, call: Call, fill: impl FnOnce(&mut Step)) {
        self.running = call.thread;
        let switch = self.switch_to(call.thread);
        let mut step = Step {
            object: call.object.map(|object| self.names.of(object.id, object.kind)),
            line: call.line,
            switch,
            ..Step::new(call.thread, call.operation)
        };
        fill(&mut step);
        let object = call.object.map(|object| object.id);
        if let Some(object) = object {
            self.holders.update(object, &step);
            self.show_guard(object, &mut step, &call.frames);
            self.track_value(object, &mut step);
        }
        self.steps.push(Recorded { step, object, frames: call.frames });
    }

    /// Why the thread of the last step is not the one that goes on.
    fn switch_to(&mut self, thread: usize) -> Option<Switch> {
        let last = self.steps.last()?.step.thread;
        if last == thread {
            return None;
        }
        if self.threads[last].ended {
            return Some(Switch::Ended);
        }
        Some(match self.show_wait(last) {
            true => Switch::Blocked,
            false => Switch::Preempted,
        })
    }

    /// Whether the thread cannot go on. If no step shows that yet, one is added.
    fn show_wait(&mut self, thread: usize) -> bool {
        let Some(pending) = &self.threads[thread].pending else { return false };
        let call = pending.call.clone();
        let holder = match call.operation {
            Operation::Sleep | Operation::Wait | Operation::Join => None,
            Operation::Lock => {
                let holder = call.object.and_then(|object| self.holders.first(object.id));
                if holder.is_none() {
                    return false;
                }
                holder
            }
            _ => return false,
        };
        if !pending.shown {
            self.threads[thread].pending = Some(Pending { call: call.clone(), shown: true });
            let operation = match holder {
                Some(_) => Operation::Blocked,
                None => call.operation,
            };
            let goes_on = self.steps.last().map(|last| last.step.thread) == Some(thread);
            let step = Step {
                object: call.object.map(|object| self.names.of(object.id, object.kind)),
                other: holder,
                line: call.line,
                switch: (!goes_on).then_some(Switch::Blocked),
                ..Step::new(thread, operation)
            };
            let object = call.object.map(|object| object.id);
            self.steps.push(Recorded { step, object, frames: call.frames });
        }
        true
    }

    /// When a lock is released, the step that took it is shown where the guard lived. A guard that
    /// is dropped at the end of its scope has the line of a `}`, which says nothing: its release is
    /// shown at the line that took it.
    fn show_guard(&mut self, object: u32, step: &mut Step, frames: &[Frame]) {
        if !matches!(step.operation, Operation::Unlock | Operation::Wait) {
            return;
        }
        let Some(taken) = locks::taking_step(&mut self.steps, object, step.thread) else { return };
        locks::move_out_of_helper(taken, frames);
        let is_brace = |text: &str| text.chars().all(|c| "{}()[];, \t".contains(c));
        if step.line.and_then(|line| self.answer.line(line)).is_some_and(is_brace) {
            step.line = taken.step.line;
        }
    }

    fn track_value(&mut self, object: u32, step: &mut Step) {
        match step.operation {
            Operation::Load => {
                let newest = self.stored.get(&object);
                step.stale = newest.is_some_and(|newest| step.sees.as_ref() != Some(newest));
                if step.stale {
                    let note = "an old value: nothing orders the newer store before this load, so \
                                a processor may still see the value from before it";
                    self.notes.insert(note.to_owned());
                }
            }
            Operation::Store | Operation::Update => {
                self.stored.extend(step.leaves.clone().map(|value| (object, value)));
            }
            _ => {}
        }
    }

    /// The schedule, which ends with a panic or with everyone waiting.
    pub(super) fn into_schedule(
        mut self,
        panicked: Option<Option<u32>>,
        number: usize,
    ) -> Schedule {
        for (object, thread) in self.holders.all() {
            if let Some(Pending { call, .. }) = &self.threads[thread].pending
                && let Some(taken) = locks::taking_step(&mut self.steps, object, thread)
            {
                locks::move_out_of_helper(taken, &call.frames);
            }
        }
        let running = self.running;
        match panicked {
            Some(line) => {
                let switch = self.switch_to(running);
                let step = Step { line, switch, ..Step::new(running, Operation::Panic) };
                self.steps.push(Recorded { step, object: None, frames: Vec::new() });
            }
            None => {
                // The one that ran last is blocked last.
                let others = (0..self.threads.len()).filter(|&thread| thread != running);
                for thread in others.collect::<Vec<_>>() {
                    self.show_wait(thread);
                }
                self.show_wait(running);
            }
        }
        let steps: Vec<Step> = self.steps.into_iter().map(|recorded| recorded.step).collect();
        let lines = steps.iter().filter_map(|step| {
            let line = step.line?;
            Some((line, self.answer.line(line)?.to_owned()))
        });
        let preempted = |step: &&Step| step.switch == Some(Switch::Preempted);
        Schedule {
            scenario: String::new(),
            threads: self.threads.into_iter().map(|thread| thread.name).collect(),
            outcome: String::new(),
            notes: self.notes.into_iter().collect(),
            found: Found::Counted {
                interleaving: number,
                preemptions: steps.iter().filter(preempted).count(),
            },
            source: Source { file: self.answer.file.to_owned(), lines: lines.collect() },
            steps,
        }
    }
}
