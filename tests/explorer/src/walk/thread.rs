//! The threads of a model.

use std::sync::{Arc, Mutex, PoisonError};

use super::call::{Call, Need};
use super::world;
use schedule::Operation;

/// Starts a thread of the model, which is shown under this name. It runs up to its first step
/// before this returns; to start it is no step.
pub fn spawn<F, T>(name: &str, f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let result = Arc::new(Mutex::new(None));
    let filled = result.clone();
    let thread = world::spawn(name, move || {
        let value = f();
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    });
    JoinHandle { thread, result }
}

/// Lets other threads run first: a step that changes nothing.
#[track_caller]
pub fn yield_now() {
    let text = Some("lets others run".to_owned());
    if let Some(turn) = world::announce(Call { text, ..Call::new(Operation::Event) }) {
        turn.done(|_| {});
    }
}

/// A thread of the model.
pub struct JoinHandle<T> {
    thread: Option<usize>,
    result: Arc<Mutex<Option<T>>>,
}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended, and returns its result. To go on after that is no step.
    #[track_caller]
    pub fn join(self) -> T {
        let thread = self.thread.expect("a thread of a model is joined in that model");
        let call = Call::new(Operation::Join).needs(Need::End(thread));
        let _turn = world::announce(Call { other: Some(thread), ..call });
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        result.take().expect("a thread that has ended has a result")
    }
}
