//! Records one interleaving as a [`Schedule`].
//!
//! loom runs all threads of a model on one thread of the operating system, so the recorder is a
//! thread-local. While it is off, a primitive pays for one look at a flag. A step is recorded when
//! its operation has taken effect, not when it is called: in between, loom may run other threads,
//! whose effects come first.

mod locks;
mod recorder;

use std::cell::{Cell, RefCell};
use std::panic::Location;

use loom::thread::ThreadId;
use schedule::{Operation, Schedule, Step};

use crate::Answer;
use crate::answer::Frame;
use crate::exhaustive::{chance, spin};
use recorder::Recorder;

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
    static NEXT_OBJECT: Cell<u32> = const { Cell::new(0) };
    /// The first object of the interleaving that runs.
    static FIRST_OBJECT: Cell<u32> = const { Cell::new(0) };
}

/// The identity of a primitive, which it keeps when it is moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object {
    pub(super) id: u32,
    kind: &'static str,
}

impl Object {
    pub(crate) fn new(kind: &'static str) -> Self {
        let id = NEXT_OBJECT.get();
        NEXT_OBJECT.set(id.wrapping_add(1));
        Self { id, kind }
    }

    /// How many were made before it in the interleaving that runs.
    pub(super) fn number(self) -> u32 {
        self.id.wrapping_sub(FIRST_OBJECT.get())
    }
}

/// A new interleaving begins.
pub(super) fn begin() {
    FIRST_OBJECT.set(NEXT_OBJECT.get());
    spin::begin();
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

impl Call {
    /// Records the step, now that the operation has taken effect.
    pub(crate) fn done(self, fill: impl FnOnce(&mut Step)) {
        with(|recorder| recorder.done(self, fill));
    }

    /// Records a step after which the thread waits, until it calls or ends the next operation.
    pub(crate) fn waits(self, fill: impl FnOnce(&mut Step)) {
        with(|recorder| recorder.waits(self, fill));
    }

    /// Drops the call: what happened is not worth a step.
    pub(crate) fn silent(self) {
        with(|recorder| recorder.goes_on(self.thread));
    }

    /// The same call, which turned out to be another operation.
    pub(crate) fn became(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }
}

/// Shows a text as a step of the running thread: what a model is about to do.
pub fn note(text: &str) {
    if let Some(call) = call(Operation::Note, None) {
        call.done(|step| step.text = Some(text.to_owned()));
    }
}

/// Starts to record, with the running loom thread as `main`.
pub(super) fn start(answer: Answer) {
    RECORDER.set(Some(Recorder::new(answer)));
    ON.set(true);
}

/// Stops recording. `panicked` is the line of the panic, if there was one and it has a line in the
/// answer; without a panic, the threads wait for each other. Touches nothing of loom, which may be
/// in the middle of anything.
pub(super) fn finish(panicked: Option<Option<u32>>, number: usize) -> Option<Schedule> {
    ON.set(false);
    RECORDER.take().map(|recorder| recorder.into_schedule(panicked, number))
}

/// Announces an operation of the running thread, if this interleaving is recorded.
#[track_caller]
#[inline]
pub(crate) fn call(operation: Operation, object: Option<Object>) -> Option<Call> {
    let only_looks =
        matches!(operation, Operation::Load | Operation::TryLock | Operation::UpdateFails);
    if !only_looks {
        spin::went_on();
    }
    chance::step(operation, object);
    if !ON.get() {
        return None;
    }
    let place = Location::caller();
    with(|recorder| recorder.call(operation, object, place))
}

pub(super) fn thread_spawned(id: ThreadId, name: &str) {
    with(|recorder| recorder.thread_spawned(id, name));
}

pub(super) fn thread_ended() {
    with(Recorder::thread_ended);
}

/// The index of the running thread.
pub(super) fn current_thread() -> Option<usize> {
    with(|recorder| recorder.current())
}

/// The running thread goes on after a wait.
pub(super) fn resumed() {
    with(|recorder| recorder.goes_on(recorder.current()));
}

/// Adds an explanation that helps to read the schedule.
pub(crate) fn remark(text: impl FnOnce(&Answer) -> Option<String>) {
    with(|recorder| recorder.remark(text));
}

fn with<R>(f: impl FnOnce(&mut Recorder) -> R) -> Option<R> {
    if !ON.get() {
        return None;
    }
    RECORDER.with_borrow_mut(|recorder| recorder.as_mut().map(f))
}
