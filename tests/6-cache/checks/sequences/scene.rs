//! The cache of a sequence, and the code that it calls: computations, wakers, and the destructors of its values.
//!
//! A waker has to be `Send` and `Sync`, and the futures of an answer may not be, which another check reports. So a waker has
//! only a number, and what it stands for is in a thread-local.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use cache::Cache;
use harness::LocalBoxFuture;

use super::events::{End, Manner, NEVER, OTHER, Plan};
use super::model::{Number, Outcome, Step};
use crate::checks::key::Key;
use crate::checks::room;

type Calling = LocalBoxFuture<'static, Result<Value, Failed>>;

/// What a computation fails with.
pub struct Failed;

/// A value, which may ask the cache for its length when it is dropped.
#[derive(Debug)]
pub struct Value(pub Number);

impl Clone for Value {
    fn clone(&self) -> Self {
        with(|scene| scene.counted(self.0))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // At the exit of the process there is no scene any more.
        let asked = SCENE.try_with(|scene| {
            let mut scene = scene.borrow_mut();
            let scene = scene.as_mut()?;
            if let Some(clones) = scene.clones.get_mut(&self.0) {
                *clones -= 1;
            }
            scene.values_ask.then_some(scene.cache)
        });
        if let Ok(Some(cache)) = asked {
            cache.len();
        }
    }
}

/// What the code that the cache calls acts on, and what was observed of it.
struct Scene {
    /// Futures and wakers of a sequence refer to it in any order, so it is never dropped.
    cache: &'static Cache<Key, Value>,
    values_ask: bool,
    /// How many clones there are of each value, by its number.
    clones: BTreeMap<Number, usize>,
    tasks: Vec<Rc<RefCell<Task>>>,
    steps: Vec<Step>,
}

impl Scene {
    fn counted(&mut self, number: Number) -> Value {
        *self.clones.entry(number).or_default() += 1;
        Value(number)
    }
}

/// A task that asks for a value.
struct Task {
    call: Option<Calling>,
    computation: Rc<RefCell<Computation>>,
}

#[derive(Default)]
struct Computation {
    end: Option<End>,
    waker: Option<Waker>,
}

thread_local! {
    static SCENE: RefCell<Option<Scene>> = const { RefCell::new(None) };
}

/// Begins a sequence.
pub fn begin(capacity: usize, values_ask: bool) -> &'static Cache<Key, Value> {
    // What an earlier sequence left is dropped while there is no scene.
    drop(SCENE.take());
    let cache = Box::leak(Box::new(Cache::new(room(capacity))));
    let (tasks, steps) = (Vec::new(), Vec::new());
    SCENE.set(Some(Scene { cache, values_ask, clones: BTreeMap::new(), tasks, steps }));
    cache
}

/// No code of the answer may run inside: it may come back here.
fn with<R>(f: impl FnOnce(&mut Scene) -> R) -> R {
    SCENE.with_borrow_mut(|scene| f(scene.as_mut().expect("a sequence has begun")))
}

fn note(step: Step) {
    with(|scene| scene.steps.push(step));
}

/// What was observed since the last call.
pub fn steps() -> Vec<Step> {
    with(|scene| mem::take(&mut scene.steps))
}

fn new_value() -> Value {
    with(|scene| {
        let latest = scene.clones.last_key_value().map_or(0, |(number, _)| *number);
        scene.counted(latest + 1)
    })
}

/// The values of which there is at least one clone.
pub fn values() -> Vec<Number> {
    with(|scene| {
        scene.clones.iter().filter(|(_, clones)| **clones > 0).map(|(number, _)| *number).collect()
    })
}

fn task(number: usize) -> Rc<RefCell<Task>> {
    with(|scene| scene.tasks[number].clone())
}

/// Inserts a new value, and returns its number.
pub fn insert(key: Key) -> Number {
    let value = new_value();
    let number = value.0;
    note(Step::Inserts(key, number));
    let cache = with(|scene| scene.cache);
    let replaced = cache.insert(key, value);
    note(Step::Replaced(replaced.as_ref().map(|value| value.0)));
    number
}

/// Makes a new task that asks for a value.
pub fn ask(key: Key, plan: Plan) {
    let computation = Rc::new(RefCell::new(Computation::default()));
    let (cache, number) = with(|scene| (scene.cache, scene.tasks.len()));
    let compute = {
        let computation = computation.clone();
        move || {
            note(Step::Called(number));
            match plan {
                Plan::Waits => {}
                Plan::Ends(end) => computation.borrow_mut().end = Some(end),
                Plan::PanicsInCall => {
                    note(Step::Ended(number, Outcome::Panic));
                    panic_quietly();
                }
                Plan::InsertsOther => drop(insert(OTHER)),
                Plan::InsertsOwn => drop(insert(key)),
            }
            Computing { task: number, computation }
        }
    };
    let call = Box::pin(cache.get_or_insert_with(key, compute));
    let task = Rc::new(RefCell::new(Task { call: Some(call), computation }));
    with(|scene| scene.tasks.push(task));
}

/// Whether an event has ended the computation of a task.
pub fn has_end(number: usize) -> bool {
    task(number).borrow().computation.borrow().end.is_some()
}

/// Ends a computation. Returns the waker to wake; there is none if it was not polled.
pub fn end(number: usize, end: End) -> Option<Waker> {
    let task = task(number);
    let task = task.borrow();
    let mut computation = task.computation.borrow_mut();
    computation.end = Some(end);
    computation.waker.take()
}

pub fn poll(number: usize, bell: &Arc<Bell>) {
    let task = task(number);
    poll_task(&mut task.borrow_mut(), number, bell);
}

fn poll_task(task: &mut Task, number: usize, bell: &Arc<Bell>) {
    let Some(call) = &mut task.call else { return };
    note(Step::PollBegins(number));
    let waker = Waker::from(bell.clone());
    let poll = || call.as_mut().poll(&mut Context::from_waker(&waker));
    let outcome = match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(Poll::Ready(Ok(value))) => Some(Outcome::Value(value.0)),
        Ok(Poll::Ready(Err(Failed))) => Some(Outcome::Error),
        Ok(Poll::Pending) => None,
        Err(_) => Some(Outcome::Panic),
    };
    note(Step::Polled(number, outcome));
    if outcome.is_some() {
        // Dropped at once, as a runtime does.
        task.call = None;
    }
}

/// Drops the call of a task.
pub fn drop_call(number: usize) {
    let call = task(number).borrow_mut().call.take();
    drop(call);
}

/// A computation that an event ends.
struct Computing {
    task: usize,
    computation: Rc<RefCell<Computation>>,
}

impl Future for Computing {
    type Output = Result<Value, Failed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let end = self.computation.borrow().end;
        let Some(end) = end else {
            let old = self.computation.borrow_mut().waker.replace(cx.waker().clone());
            drop(old);
            return Poll::Pending;
        };
        match end {
            End::Value => {
                let value = new_value();
                note(Step::Ended(self.task, Outcome::Value(value.0)));
                Poll::Ready(Ok(value))
            }
            End::Error => {
                note(Step::Ended(self.task, Outcome::Error));
                Poll::Ready(Err(Failed))
            }
            End::Panic => {
                note(Step::Ended(self.task, Outcome::Panic));
                panic_quietly();
            }
        }
    }
}

/// The panic hook, which reports panics as failures, does not see this one.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("the computation"))
}

/// What is behind a waker.
pub struct Bell {
    pub woken: AtomicBool,
    pub manner: Manner,
    pub task: usize,
}

impl Bell {
    pub fn new(manner: Manner, task: usize) -> Arc<Self> {
        Arc::new(Self { woken: AtomicBool::new(false), manner, task })
    }

    fn ask(&self) {
        // At the exit of the process there is no scene any more.
        let cache = SCENE.try_with(|scene| scene.borrow().as_ref().map(|scene| scene.cache));
        if let Ok(Some(cache)) = cache {
            cache.len();
            cache.get(&NEVER);
        }
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
                if let Ok(mut task) = task(self.task).try_borrow_mut()
                    && task.call.is_some()
                {
                    self.woken.store(false, SeqCst);
                    poll_task(&mut task, self.task, self);
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
