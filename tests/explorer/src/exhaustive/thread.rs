//! The threads of a model.

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
    let handle = loom::spawn(move || {
        let result = f();
        record::thread_ended();
        result
    });
    record::thread_spawned(handle.thread().id(), name);
    JoinHandle(handle)
}

/// Lets every other thread that can run do so first.
pub fn yield_now() {
    loom::yield_now();
}

/// A thread of the model.
pub struct JoinHandle<T>(loom::JoinHandle<T>);

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended, and returns its result.
    #[track_caller]
    pub fn join(self) -> T {
        let call = record::call(Operation::Join, None);
        // A thread that panics ends the process, so this is never an error.
        let result = self.0.join().expect("loom ends a model whose thread panics");
        if let Some(call) = call {
            call.silent();
        }
        result
    }
}
