//! The recorder: turns the steps of one interleaving into a [`Schedule`].
//!
//! loom runs all threads of a model on one thread of the operating system, so the
//! recorder is a thread-local. While it is off, a primitive pays for one look at a
//! flag. Every step is recorded when its effect is there, and not when it is called:
//! in between, loom may run other threads, and their effects come first.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::panic::Location;

use crate::explore::Answer;
use crate::place::{self, Frame};
use schedule::{Found, Operation, Schedule, Source, Step, Switch};

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
    static NEXT_OBJECT: Cell<u32> = const { Cell::new(0) };
}

/// The identity of a primitive, however it moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object {
    id: u32,
    kind: &'static str,
}

impl Object {
    pub(crate) fn new(kind: &'static str) -> Self {
        let id = NEXT_OBJECT.get();
        NEXT_OBJECT.set(id.wrapping_add(1));
        Self { id, kind }
    }
}

/// An operation that has been called and is not recorded yet.
#[derive(Clone)]
pub(crate) struct Call {
    thread: usize,
    operation: Operation,
    object: Option<Object>,
    line: Option<u32>,
    frames: Vec<Frame>,
}

struct Recorder {
    answer: Answer,
    threads: Vec<Thread>,
    /// The thread that called or finished an operation last.
    running: usize,
    steps: Vec<Recorded>,
    names: HashMap<u32, String>,
    holders: HashMap<u32, Vec<usize>>,
    /// What each atomic holds.
    stored: HashMap<u32, String>,
    notes: BTreeSet<String>,
}

struct Thread {
    id: loom::thread::ThreadId,
    name: String,
    ended: bool,
    pending: Option<Pending>,
}

struct Pending {
    call: Call,
    /// Whether a step says so already.
    shown: bool,
}

struct Recorded {
    step: Step,
    object: Option<u32>,
    frames: Vec<Frame>,
}

/// Lets a model say what it is about to do, as a step of the running thread.
pub fn note(text: &str) {
    if let Some(call) = call(Operation::Note, None) {
        call.done(|step| step.text = Some(text.to_owned()));
    }
}

pub(crate) fn is_on() -> bool {
    ON.get()
}

/// Starts anew, with the running loom thread as `main`.
pub(crate) fn start(answer: Answer) {
    let main = Thread::new(loom::thread::current().id(), "main");
    let recorder = Recorder {
        answer,
        threads: vec![main],
        running: 0,
        steps: Vec::new(),
        names: HashMap::new(),
        holders: HashMap::new(),
        stored: HashMap::new(),
        notes: BTreeSet::new(),
    };
    RECORDER.set(Some(recorder));
    ON.set(true);
}

/// Ends the recording: with a panic, which may have a line in the answer, or with
/// everyone waiting. Touches nothing of loom, which may be in the middle of anything.
pub(crate) fn finish(panicked: Option<Option<u32>>, number: usize) -> Option<Schedule> {
    ON.set(false);
    RECORDER.take().map(|recorder| recorder.into_schedule(panicked, number))
}

fn with<R>(f: impl FnOnce(&mut Recorder) -> R) -> Option<R> {
    RECORDER.with_borrow_mut(|recorder| recorder.as_mut().map(f))
}

/// Announces an operation of the running thread.
#[track_caller]
#[inline]
pub(crate) fn call(operation: Operation, object: Option<Object>) -> Option<Call> {
    if !is_on() {
        return None;
    }
    let place = Location::caller();
    with(|recorder| recorder.call(operation, object, place))
}

pub(crate) fn thread_spawned(id: loom::thread::ThreadId, name: &str) {
    with(|recorder| recorder.threads.push(Thread::new(id, name)));
}

pub(crate) fn thread_ended() {
    if is_on() {
        with(|recorder| {
            let thread = recorder.current();
            recorder.threads[thread].ended = true;
        });
    }
}

/// The index of the running thread.
pub(crate) fn current_thread() -> Option<usize> {
    is_on().then(|| with(|recorder| recorder.current())).flatten()
}

/// The running thread goes on after a wait.
pub(crate) fn resumed() {
    if is_on() {
        with(|recorder| {
            let thread = recorder.current();
            recorder.running = thread;
            recorder.threads[thread].pending = None;
        });
    }
}

/// Remembers something that helps to read the schedule.
pub(crate) fn remark(text: impl FnOnce() -> Option<String>) {
    if is_on() {
        with(|recorder| recorder.notes.extend(text()));
    }
}

impl Call {
    /// Records the step, now that its effect is there.
    pub(crate) fn done(self, fill: impl FnOnce(&mut Step)) {
        with(|recorder| {
            recorder.threads[self.thread].pending = None;
            recorder.record(self, fill);
        });
    }

    /// Records a step after which the thread waits, until it calls or ends the next.
    pub(crate) fn waits(self, fill: impl FnOnce(&mut Step)) {
        with(|recorder| {
            recorder.record(self.clone(), fill);
            let thread = self.thread;
            recorder.threads[thread].pending = Some(Pending { call: self, shown: true });
        });
    }

    /// Forgets the call: what happened is not worth a step.
    pub(crate) fn silent(self) {
        with(|recorder| {
            recorder.threads[self.thread].pending = None;
            recorder.running = self.thread;
        });
    }

    /// The same call, but it turned out to be another operation.
    pub(crate) fn became(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }
}

impl Thread {
    fn new(id: loom::thread::ThreadId, name: &str) -> Self {
        Self { id, name: name.to_owned(), ended: false, pending: None }
    }
}

impl Recorder {
    /// The running thread, by loom's word for it.
    fn current(&self) -> usize {
        let id = loom::thread::current().id();
        self.threads.iter().position(|thread| thread.id == id).unwrap_or(0)
    }

    fn call(&mut self, operation: Operation, object: Option<Object>, place: &Location<'_>) -> Call {
        let thread = self.current();
        self.running = thread;
        if let Some(object) = object {
            self.name(object, place);
        }
        let frames = place::frames(&self.answer);
        let line = match self.answer.is_file(place.file()) {
            true => Some(place.line()),
            false => frames.first().map(|frame| frame.line),
        };
        let call = Call { thread, operation, object, line, frames };
        self.threads[thread].pending = Some(Pending { call: call.clone(), shown: false });
        call
    }

    fn name(&mut self, object: Object, place: &Location<'_>) {
        if self.names.contains_key(&object.id) {
            return;
        }
        if let Some(name) = place::receiver(&self.answer, place) {
            let same = |other: &&String| {
                other
                    .strip_prefix(&name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(" #"))
            };
            let name = match self.names.values().filter(same).count() {
                0 => name,
                others => format!("{name} #{}", others + 1),
            };
            self.names.insert(object.id, name);
        }
    }

    fn name_of(&self, object: Object) -> String {
        self.names.get(&object.id).cloned().unwrap_or_else(|| format!("the {}", object.kind))
    }

    fn record(&mut self, call: Call, fill: impl FnOnce(&mut Step)) {
        self.running = call.thread;
        let switch = self.switch_to(call.thread);
        let mut step = Step {
            object: call.object.map(|object| self.name_of(object)),
            line: call.line,
            switch,
            ..Step::new(call.thread, call.operation)
        };
        fill(&mut step);
        if let Some(object) = call.object {
            self.track_holders(object.id, &step, &call.frames);
            self.track_value(object.id, &mut step);
        }
        let object = call.object.map(|object| object.id);
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

    /// Whether the thread cannot go on; if so, and no step says so, one is added.
    fn show_wait(&mut self, thread: usize) -> bool {
        let Some(pending) = &self.threads[thread].pending else { return false };
        let call = pending.call.clone();
        let holder = match call.operation {
            Operation::Sleep | Operation::Wait | Operation::Join => None,
            Operation::Lock => {
                let holders = call.object.and_then(|object| self.holders.get(&object.id));
                match holders.and_then(|holders| holders.first()) {
                    Some(&holder) => Some(holder),
                    None => return false,
                }
            }
            _ => return false,
        };
        if !pending.shown {
            self.threads[thread].pending.as_mut().expect("looked at above").shown = true;
            let operation = match holder {
                Some(_) => Operation::Blocked,
                None => call.operation,
            };
            let step = Step {
                object: call.object.map(|object| self.name_of(object)),
                other: holder,
                line: call.line,
                switch: (self.steps.last().map(|last| last.step.thread) != Some(thread))
                    .then_some(Switch::Blocked),
                ..Step::new(thread, operation)
            };
            let object = call.object.map(|object| object.id);
            self.steps.push(Recorded { step, object, frames: call.frames });
        }
        true
    }

    fn track_holders(&mut self, object: u32, step: &Step, frames: &[Frame]) {
        let holders = self.holders.entry(object).or_default();
        match step.operation {
            Operation::Lock | Operation::TryLock => holders.push(step.thread),
            Operation::Unlock | Operation::Wait => {
                if let Some(at) = holders.iter().position(|&holder| holder == step.thread) {
                    holders.remove(at);
                }
                self.move_lock_out_of_helper(object, step.thread, frames);
            }
            _ => {}
        }
    }

    fn track_value(&mut self, object: u32, step: &mut Step) {
        match step.operation {
            Operation::Load => {
                step.stale =
                    self.stored.get(&object).is_some_and(|now| step.sees.as_ref() != Some(now));
                if step.stale {
                    let note = "an old value: nothing ordered the newer store before this load, \
                                so a processor may still see what was there before";
                    self.notes.insert(note.to_owned());
                }
            }
            Operation::Store | Operation::Update => {
                self.stored.extend(step.leaves.clone().map(|value| (object, value)));
            }
            _ => {}
        }
    }

    /// A lock that was taken in a helper and given back elsewhere is shown in the
    /// function that held the guard: `let state = self.lock();`.
    fn move_lock_out_of_helper(&mut self, object: u32, thread: usize, unlock: &[Frame]) {
        let lock = self.steps.iter_mut().rev().find(|recorded| {
            recorded.object == Some(object)
                && recorded.step.thread == thread
                && matches!(recorded.step.operation, Operation::Lock | Operation::TryLock)
        });
        let Some(lock) = lock else { return };
        let held_in = lock
            .frames
            .iter()
            .find(|frame| unlock.iter().any(|other| other.function == frame.function));
        let helper = lock.frames.first().map(|frame| &frame.function);
        if let Some(frame) = held_in
            && Some(&frame.function) != helper
        {
            lock.step.line = Some(frame.line);
        }
    }

    fn into_schedule(mut self, panicked: Option<Option<u32>>, number: usize) -> Schedule {
        let running = self.running;
        for (object, holders) in self.holders.clone() {
            for thread in holders {
                if let Some(Pending { call, .. }) = &self.threads[thread].pending {
                    let frames = call.frames.clone();
                    self.move_lock_out_of_helper(object, thread, &frames);
                }
            }
        }
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
        let lines = self
            .steps
            .iter()
            .filter_map(|recorded| recorded.step.line)
            .filter_map(|line| {
                let text = self.answer.text.lines().nth(line as usize - 1)?;
                Some((line, text.to_owned()))
            })
            .collect();
        let steps: Vec<Step> = self.steps.into_iter().map(|recorded| recorded.step).collect();
        Schedule {
            scenario: String::new(),
            threads: self.threads.into_iter().map(|thread| thread.name).collect(),
            outcome: String::new(),
            notes: self.notes.into_iter().collect(),
            found: Found::Counted {
                interleaving: number,
                preemptions: steps
                    .iter()
                    .filter(|step| step.switch == Some(Switch::Preempted))
                    .count(),
            },
            source: Source { file: self.answer.file.to_owned(), lines },
            steps,
        }
    }
}
