//! Futures inside a model: a task per thread, which sleeps until it is woken.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::record;
use schedule::Operation;

/// Drives futures on the thread of the model that made it.
///
/// loom's own `block_on` counts its wakers with loom's `Arc`, so that every clone is
/// a point to switch at, and wakes spuriously. A task does neither: fewer
/// interleavings, and none that a real executor would need to show.
pub struct Task {
    sleeper: Arc<Sleeper>,
    waker: Waker,
}

struct Sleeper {
    /// The task's thread in a recorded schedule.
    thread: Option<usize>,
    loom_thread: loom::thread::ThreadId,
    woken: loom::sync::Mutex<bool>,
    alarm: loom::sync::Condvar,
    polling: OnOneThread<bool>,
    woke_itself: OnOneThread<bool>,
}

/// loom's threads take turns on one thread of the operating system, but a waker has
/// to be `Sync` for the compiler.
struct OnOneThread<T>(std::sync::Mutex<Cell<T>>);

impl<T: Copy> OnOneThread<T> {
    fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(Cell::new(value)))
    }

    fn get(&self) -> T {
        self.0.lock().expect("never held over a panic").get()
    }

    fn set(&self, value: T) {
        self.0.lock().expect("never held over a panic").set(value);
    }
}

/// Runs a future to its end on a task of its own.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    Task::new().block_on(pin!(future))
}

impl Task {
    /// A task for the running thread.
    // A task is made for a thread, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        let sleeper = Arc::new(Sleeper {
            thread: record::current_thread(),
            loom_thread: loom::thread::current().id(),
            woken: loom::sync::Mutex::new(false),
            alarm: loom::sync::Condvar::new(),
            polling: OnOneThread::new(false),
            woke_itself: OnOneThread::new(false),
        });
        Self { waker: Waker::from(sleeper.clone()), sleeper }
    }

    /// Polls a future once.
    pub fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        self.sleeper.polling.set(true);
        let poll = future.poll(&mut Context::from_waker(&self.waker));
        self.sleeper.polling.set(false);
        poll
    }

    /// Polls a future, and sleeps until it is woken, until it is ready.
    #[track_caller]
    pub fn block_on<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        loop {
            if let Poll::Ready(output) = self.poll(future.as_mut()) {
                return output;
            }
            self.sleep();
        }
    }

    /// Waits until the task has been woken since the last time.
    #[track_caller]
    pub fn sleep(&self) {
        if self.sleeper.woke_itself.get() {
            // It asks to be polled again at once. That is poor, but no mistake:
            // without this, loom would follow it for ever.
            self.sleeper.woke_itself.set(false);
            loom::thread::yield_now();
        }
        let mut woken = self.sleeper.woken.lock().expect("loom does not poison");
        if !*woken && let Some(call) = record::call(Operation::Sleep, None) {
            call.waits(|_| {});
        }
        while !*woken {
            woken = self.sleeper.alarm.wait(woken).expect("loom does not poison");
        }
        *woken = false;
        record::resumed();
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let call = record::call(Operation::Wake, None);
        if self.polling.get() && self.loom_thread == loom::thread::current().id() {
            self.woke_itself.set(true);
        }
        *self.woken.lock().expect("loom does not poison") = true;
        self.alarm.notify_one();
        if let Some(call) = call {
            call.done(|step| step.other = self.thread);
        }
    }
}
