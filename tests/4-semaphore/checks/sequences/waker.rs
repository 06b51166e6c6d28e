//! Wakers that use the semaphore when they are woken and when they are dropped, as the contract allows.
//!
//! A waker has to be `Send` and `Sync`, and the futures of an answer may not be, which another check reports. So a
//! waker has only a number, and what it stands for is in a thread-local.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use harness::LocalBoxFuture;
use semaphore::{Cancelled, Permit, Semaphore};

/// What a waker does besides noting that it was woken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Notes,
    /// It asks the semaphore for the count and for a permit, also when it is dropped.
    Asks,
    /// It polls the future that it wakes at once.
    Polls,
}

/// How an `acquire` or `acquire_until` ended.
pub type Output = Result<Permit<'static>, Cancelled>;
pub type Acquiring = LocalBoxFuture<'static, Output>;

/// An `acquire` that can be polled by its task or by its own waker.
pub struct Waiting {
    pub future: Option<Acquiring>,
    pub output: Option<Output>,
    /// A poll of it has panicked.
    pub panicked: bool,
}

impl Waiting {
    pub fn poll(&mut self, waker: &Waker) {
        let Some(future) = &mut self.future else { return };
        let poll = || future.as_mut().poll(&mut Context::from_waker(waker));
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(Poll::Ready(output)) => self.output = Some(output),
            Ok(Poll::Pending) => {}
            Err(_) => self.panicked = true,
        }
    }
}

/// What the wakers of a sequence act on.
pub struct Scene {
    semaphore: &'static Semaphore,
    waiting: Vec<Rc<RefCell<Waiting>>>,
    /// The permits that wakers got.
    taken: Vec<Permit<'static>>,
}

thread_local! {
    static SCENE: RefCell<Option<Scene>> = const { RefCell::new(None) };
}

/// Begins a sequence.
pub fn begin(semaphore: &'static Semaphore) {
    // What an earlier sequence left is dropped while there is no scene: its wakers, if they ask, must
    // not take the permits of this one.
    drop(SCENE.take());
    SCENE.set(Some(Scene { semaphore, waiting: Vec::new(), taken: Vec::new() }));
}

/// Adds a task that waits, and returns its number.
pub fn add(future: Acquiring) -> usize {
    with(|scene| {
        let waiting = Waiting { future: Some(future), output: None, panicked: false };
        scene.waiting.push(Rc::new(RefCell::new(waiting)));
        scene.waiting.len() - 1
    })
}

/// What a task waits with.
pub fn waiting(task: usize) -> Rc<RefCell<Waiting>> {
    with(|scene| scene.waiting[task].clone())
}

/// The permits that wakers got since the last call.
pub fn taken() -> Vec<Permit<'static>> {
    with(|scene| std::mem::take(&mut scene.taken))
}

/// No code of the answer may run inside: it may come back here.
fn with<R>(f: impl FnOnce(&mut Scene) -> R) -> R {
    SCENE.with_borrow_mut(|scene| f(scene.as_mut().expect("a sequence has begun")))
}

/// What is behind a waker.
pub struct Bell {
    pub woken: AtomicBool,
    pub manner: Manner,
    pub task: usize,
}

impl Bell {
    fn ask(&self) {
        // At the exit of the process there is no scene any more.
        let semaphore =
            SCENE.try_with(|scene| scene.borrow().as_ref().map(|scene| scene.semaphore));
        let Ok(Some(semaphore)) = semaphore else { return };
        semaphore.available_permits();
        let permit = semaphore.try_acquire();
        with(|scene| scene.taken.extend(permit));
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, SeqCst);
        match self.manner {
            Manner::Notes => {}
            Manner::Asks => self.ask(),
            Manner::Polls => {
                // It may be woken by its own poll, or when it has ended.
                if let Ok(mut waiting) = waiting(self.task).try_borrow_mut()
                    && waiting.output.is_none()
                    && !waiting.panicked
                {
                    self.woken.store(false, SeqCst);
                    waiting.poll(&Waker::from(self.clone()));
                }
            }
        }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        if self.manner == Manner::Asks {
            self.ask();
        }
    }
}
