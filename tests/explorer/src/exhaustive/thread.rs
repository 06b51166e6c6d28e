//! The threads of a model.

use std::cell::Cell;
use std::rc::Rc;

use loom::thread as loom;

use super::record;
use schedule::Operation;

/// Starts a thread of the model. Schedules show it under this name.
///
/// loom allows at most five threads, the model's first one included.
#[track_caller]
pub fn spawn<F, T>(name: &str, f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    let result = Rc::new(Cell::new(None));
    let body = {
        let result = result.clone();
        move || result.set(Some(f()))
    };
    JoinHandle { thread: spawn_boxed(name, Box::new(body)), result }
}

/// Hides the type of a body. All that loom does for a thread would otherwise be compiled again for
/// each model, while the learner waits.
fn spawn_boxed(name: &str, body: Box<dyn FnOnce()>) -> loom::JoinHandle<()> {
    let thread = loom::spawn(move || {
        body();
        record::thread_ended();
    });
    record::thread_spawned(thread.thread().id(), name);
    thread
}

/// Lets every other thread that can run do so first.
pub fn yield_now() {
    loom::yield_now();
}

/// A thread of the model.
pub struct JoinHandle<T> {
    thread: loom::JoinHandle<()>,
    /// Set when the thread has ended.
    result: Rc<Cell<Option<T>>>,
}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended, and returns its result.
    #[track_caller]
    pub fn join(self) -> T {
        join(self.thread);
        self.result.take().expect("a thread that has ended has a result")
    }
}

#[track_caller]
fn join(thread: loom::JoinHandle<()>) {
    let call = record::call(Operation::Join, None);
    // A thread that panics ends the process, so this is never an error.
    thread.join().expect("loom ends a model whose thread panics");
    if let Some(call) = call {
        call.silent();
    }
}
