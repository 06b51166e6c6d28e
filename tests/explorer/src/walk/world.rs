//! One run of a model: its threads, its objects, and whose turn it is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use schedule::Operation;
use schedule::graph::Outcome;

use super::call::{Call, Need};
use super::hook;
use super::search::{Node, Recorded, Search, Seen, Stand};
use super::trace::Trace;
use super::turn::{Object, ObjectState, Turn};
use crate::FailureKind;

/// A step that leads to more steps than this is taken for one of an endless interleaving.
const MAX_STEPS: usize = 200;

thread_local! {
    static CURRENT: RefCell<Option<(Arc<World>, usize)>> = const { RefCell::new(None) };
}

/// What all threads of a run share.
pub(super) struct World {
    state: Mutex<State>,
    finished: Condvar,
}

/// Where the run is. Only the thread that has the turn runs code of the model.
pub(super) struct State {
    pub(super) threads: Vec<Thread>,
    pub(super) objects: BTreeMap<u32, ObjectState>,
    turn: usize,
    /// Threads that have started another one, and go on once that has announced its first step.
    starters: Vec<usize>,
    trace: Trace,
    /// The step that has been made since the last choice.
    pub(super) step: Option<Recorded>,
    over: bool,
    /// How many threads of the operating system have not finished.
    alive: usize,
    search: Option<Search>,
}

pub(super) struct Thread {
    pending: Option<Pending>,
    ended: bool,
    /// The line of its panic, if it panicked.
    panicked: Option<Option<u32>>,
    /// What the model has said in it since its last step.
    said: Vec<String>,
    /// Whether it has been notified since it began to wait on a condition variable.
    pub(super) notified: bool,
    pub(super) objects_made: usize,
    /// A hash of what it has done and seen, which decides what it does next.
    pub(super) history: u64,
    alarm: Arc<Condvar>,
}

struct Pending {
    call: Call,
    line: Option<u32>,
}

/// The payload that unwinds the threads of a run that is over.
struct Stop;

/// The world and the thread that run here.
pub(super) fn current() -> Option<(Arc<World>, usize)> {
    CURRENT.with_borrow(Clone::clone)
}

/// Announces an operation, and returns when it takes effect. `None` if it takes effect unwatched:
/// there is no run, or this thread is being unwound.
#[track_caller]
pub(super) fn announce(mut call: Call) -> Option<Turn> {
    let place = Location::caller();
    let (world, thread) = current()?;
    if std::thread::panicking() {
        return None;
    }
    let mut state = world.lock();
    // To go on after a join is no step: what was said belongs to the one after it.
    if !matches!(call.needs, Need::End(_)) {
        call.said = std::mem::take(&mut state.threads[thread].said);
    }
    let history = state.threads[thread].history;
    let line = state.search_mut().line(thread, history, &call, place);
    state.threads[thread].pending = Some(Pending { call, line });
    state.advance();
    drop(world.wait_for_turn(state, thread));
    Some(Turn::new(world, thread))
}

/// Says what the running thread of the model is about to do, or has just done: it is shown with its
/// next step, and is none of its own.
pub fn note(text: &str) {
    if let Some((world, thread)) = current() {
        world.lock().threads[thread].said.push(text.to_owned());
    }
}

/// Names an object after the receiver of the caller's call.
#[track_caller]
pub(super) fn name(object: Object) {
    let place = Location::caller();
    if let (Some((world, _)), Some(id)) = (current(), object.id()) {
        world.lock().search_mut().name(id, place);
    }
}

/// Ends the search: this model cannot be walked.
pub(super) fn give_up(why: &str) {
    if let Some((world, _)) = current() {
        world.lock().search_mut().broken = Some(why.to_owned());
    }
}

/// Runs `body` as a new thread of the model, up to its first step.
pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Option<usize> {
    let (world, me) = current()?;
    let thread = world.lock().add_thread(name);
    start(&world, thread, body);
    let mut state = world.lock();
    state.starters.push(me);
    state.give(thread);
    drop(world.wait_for_turn(state, me));
    Some(thread)
}

/// Runs the model once, as the search wants it.
pub(super) fn run(search: Search, model: Arc<dyn Fn() + Send + Sync>) -> Search {
    let state = State {
        threads: Vec::new(),
        objects: BTreeMap::new(),
        turn: 0,
        starters: Vec::new(),
        trace: Trace::default(),
        step: None,
        over: false,
        alive: 0,
        search: Some(search),
    };
    let world = Arc::new(World { state: Mutex::new(state), finished: Condvar::new() });
    let main = world.lock().add_thread("main");
    start(&world, main, move || model());
    let mut state = world.lock();
    while state.alive > 0 {
        state = world.finished.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.search.take().expect("only taken here")
}

/// Starts a thread of the operating system, which waits for its turn.
fn start(world: &Arc<World>, thread: usize, body: impl FnOnce() + Send + 'static) {
    world.lock().alive += 1;
    let world = world.clone();
    std::thread::spawn(move || {
        hook::quiet();
        CURRENT.set(Some((world.clone(), thread)));
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            drop(world.wait_for_turn(world.lock(), thread));
            body();
        }));
        CURRENT.set(None);
        let mut state = world.lock();
        match result {
            Ok(()) => state.ended(thread),
            Err(payload) if payload.is::<Stop>() => {}
            Err(_) => state.panicked(thread),
        }
        state.alive -= 1;
        world.finished.notify_all();
    });
}

impl World {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the thread has the turn. Unwinds it if the run is over.
    fn wait_for_turn<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        thread: usize,
    ) -> MutexGuard<'a, State> {
        let alarm = state.threads[thread].alarm.clone();
        loop {
            if state.over {
                drop(state);
                panic::resume_unwind(Box::new(Stop));
            }
            if state.turn == thread {
                return state;
            }
            state = alarm.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl State {
    pub(super) fn search_mut(&mut self) -> &mut Search {
        self.search.as_mut().expect("it is here while threads run")
    }

    fn add_thread(&mut self, name: &str) -> usize {
        let thread = self.threads.len();
        self.search_mut().thread(thread, name);
        self.threads.push(Thread {
            pending: None,
            ended: false,
            panicked: None,
            said: Vec::new(),
            notified: false,
            objects_made: 0,
            history: 0,
            alarm: Arc::default(),
        });
        thread
    }

    fn give(&mut self, thread: usize) {
        self.turn = thread;
        self.threads[thread].alarm.notify_one();
    }

    fn stop(&mut self) {
        self.over = true;
        self.threads.iter().for_each(|thread| thread.alarm.notify_one());
    }

    fn ended(&mut self, thread: usize) {
        self.threads[thread].ended = true;
        self.advance();
    }

    fn panicked(&mut self, thread: usize) {
        if self.over {
            return;
        }
        let (message, place) = hook::last();
        let line = place.and_then(|place| self.search_mut().line_of_panic(&place));
        self.threads[thread].panicked = Some(line);
        self.arrive(Some(Outcome::Failed { message, thread }), &[]);
        self.stop();
    }

    /// The thread that had the turn has announced its next step, or has ended: decides who is next.
    fn advance(&mut self) {
        if self.over {
            return;
        }
        if let Some(starter) = self.starters.pop() {
            return self.give(starter);
        }
        // To go on after a join is no step.
        let joins = |pending: &Pending| matches!(pending.call.needs, Need::End(_));
        let joined = (0..self.threads.len()).find(|&thread| {
            self.threads[thread].pending.as_ref().is_some_and(joins) && self.is_ready(thread)
        });
        if let Some(thread) = joined {
            self.threads[thread].pending = None;
            return self.give(thread);
        }
        let ready: Vec<usize> =
            (0..self.threads.len()).filter(|&thread| self.is_ready(thread)).collect();
        let outcome = if !ready.is_empty() {
            (self.search_mut().steps() >= MAX_STEPS).then_some(Outcome::Endless)
        } else if self.threads.iter().all(|thread| thread.ended) {
            Some(Outcome::Passed)
        } else {
            let message = FailureKind::Deadlock.outcome().unwrap_or_default().to_owned();
            Some(Outcome::Deadlock { message })
        };
        let is_end = outcome.is_some();
        match self.arrive(outcome, if is_end { &[] } else { &ready }) {
            Some(thread) => self.take_effect(thread),
            None => self.stop(),
        }
    }

    /// The run has come to a choice between these threads, or to its end.
    fn arrive(&mut self, outcome: Option<Outcome>, ready: &[usize]) -> Option<usize> {
        let step = self.step.take();
        if self.search_mut().repeats() {
            // Where this run leaves the way of another one, all has to be as it was there.
            let node = self.search_mut().branches().then(|| self.node(outcome));
            return self.search_mut().repeat(node, ready);
        }
        let (node, key) = (self.node(outcome), self.trace.key());
        self.search_mut().arrive(node, key, step, ready)
    }

    fn is_ready(&self, thread: usize) -> bool {
        let Some(pending) = &self.threads[thread].pending else { return false };
        let is_free = |lock| self.objects[lock].holders.is_empty();
        match &pending.call.needs {
            Need::Nothing => true,
            Need::Free(lock) => is_free(lock),
            Need::Shared(lock) => is_free(lock) || !self.objects[lock].exclusive,
            Need::Notified { lock, .. } => self.threads[thread].notified && is_free(lock),
            Need::Woken(task) => self.objects[task].woken,
            Need::End(other) => self.threads[*other].ended,
        }
    }

    /// Gives the turn to a thread for the operation that it has announced.
    fn take_effect(&mut self, thread: usize) {
        let pending = self.threads[thread].pending.take().expect("a thread that is ready waits");
        let recorded = Recorded::new(thread, pending.call, pending.line);
        let only_reads = recorded.step.operation == Operation::Load;
        self.trace.step(thread, &recorded.objects(), only_reads);
        self.step = Some(recorded);
        self.give(thread);
    }

    /// What a reader can see now.
    fn node(&self, outcome: Option<Outcome>) -> Node {
        let stand = |(at, thread): (usize, &Thread)| match (&thread.pending, thread.panicked) {
            (_, Some(line)) => Stand::Panicked(line),
            (Some(pending), _) => Stand::At {
                call: pending.call.clone(),
                line: pending.line,
                ready: self.is_ready(at),
                notified: thread.notified,
            },
            (None, _) => Stand::Ended { said: thread.said.clone() },
        };
        let threads = self.threads.iter().enumerate().map(stand).collect();
        let seen = |(id, object): (&u32, &ObjectState)| {
            let waits = |(at, thread): (usize, &Thread)| {
                let needs = thread.pending.as_ref()?.call.needs;
                let for_lock = match needs {
                    Need::Free(lock) | Need::Shared(lock) => lock == *id,
                    Need::Notified { lock, .. } => thread.notified && lock == *id,
                    _ => false,
                };
                (for_lock && !self.is_ready(at)).then_some(at)
            };
            let locks = self.threads.iter().enumerate().filter_map(waits);
            let waiting = object.queue.iter().copied().chain(locks).collect();
            let (value, holders) = (object.value.clone(), object.holders.clone());
            (*id, Seen { value, holders, waiting })
        };
        Node {
            threads,
            objects: self.objects.iter().map(seen).collect(),
            edges: Vec::new(),
            outcome,
        }
    }
}
