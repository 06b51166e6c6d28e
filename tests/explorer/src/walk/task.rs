//! Runs futures inside a model: one task per thread, which sleeps until it is woken.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::call::Call;
use super::turn::Object;
use super::world;
use schedule::Operation;

/// The kind of a task as an object.
pub(super) const TASK: &str = "task";

/// Runs futures on the thread of the model that made it.
pub struct Task {
    sleeper: Arc<Sleeper>,
    waker: Waker,
}

struct Sleeper {
    thread: Option<usize>,
    object: Object,
}

/// Runs a future to completion in a new task.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    Task::new().block_on(pin!(future))
}

impl Task {
    /// A task for the running thread.
    // It belongs to the running thread, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        let thread = world::current().map(|(_, thread)| thread);
        let sleeper = Arc::new(Sleeper { thread, object: Object::new(TASK) });
        Self { waker: Waker::from(sleeper.clone()), sleeper }
    }

    /// Polls a future once. To begin to poll is no step.
    pub fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&self.waker))
    }

    /// Polls a future until it is ready, and sleeps between the polls until it is woken.
    #[track_caller]
    pub fn block_on<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        loop {
            if let Poll::Ready(output) = self.poll(future.as_mut()) {
                return output;
            }
            self.sleep();
        }
    }

    /// Sleeps until the task is woken, unless it has been woken since the last sleep.
    #[track_caller]
    pub fn sleep(&self) {
        let object = self.sleeper.object;
        let call = Call::on(Operation::Event, object).needs(object.woken());
        let text = Some("wakes up and polls again".to_owned());
        if let Some(turn) = world::announce(Call { text, ..call }) {
            turn.change(object, |task| task.woken = false);
            turn.done(|_| {});
        }
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let call = Call { other: self.thread, ..Call::on(Operation::Wake, self.object) };
        if let Some(turn) = world::announce(call) {
            turn.change(self.object, |task| task.woken = true);
            turn.done(|_| {});
        }
    }
}
