//! Runs futures inside a model: one task per thread, which sleeps until it is woken.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::record;
use schedule::Operation;

/// Runs futures on the thread of the model that made it.
///
/// loom has a `block_on` of its own, which counts its wakers with loom's `Arc`, so that every clone
/// is a switch point, and which wakes spuriously. A task does neither: that leaves fewer
/// interleavings, and the missing ones do not occur in a real executor either.
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

/// A cell that the compiler takes for `Sync`, as a waker has to be. loom runs its threads in turn on
/// one thread of the operating system.
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
        if self.sleeper.woke_itself.get() {
            // The future asks to be polled again at once, which is wasteful but not a bug. Without
            // this, loom would run such a loop forever.
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
