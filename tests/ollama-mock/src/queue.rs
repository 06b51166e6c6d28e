//! Ollama's scheduler: it loads one model at a time, and limits how many requests run.
//!
//! A request for a loaded model waits for a slot, without a limit. A request for another model
//! waits for its turn to load it; this queue is bounded, and a request that finds it full is
//! answered 503. The request that is loading its model is not in the queue any more.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{oneshot, watch};

use crate::duration::{self, KeepAlive};
use crate::gate::Gate;
use crate::locked;
use crate::request::Request;

/// The state of Ollama's queue at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Whether a model is being loaded.
    pub loading: bool,
    /// How many requests wait for their turn to load a model; `OLLAMA_MAX_QUEUE` is the limit.
    pub for_load: usize,
    /// How many requests wait for a slot of a loaded model; there is no limit.
    pub for_slot: usize,
    /// How many requests have a slot. Each model has `OLLAMA_NUM_PARALLEL` slots.
    pub running: usize,
}

/// Loads models and gives out their slots, first come, first served.
pub(crate) struct Queue {
    parallel: usize,
    max_queue: usize,
    load_gate: Gate,
    state: Mutex<State>,
    waiting: watch::Sender<Waiting>,
}

#[derive(Default)]
struct State {
    loading: bool,
    pending: VecDeque<Pending>,
    loaded: BTreeMap<String, Loaded>,
}

/// A request that waits for its turn to load a model.
struct Pending {
    model: String,
    turn: oneshot::Sender<Turn>,
}

struct Loaded {
    since: Instant,
    free: usize,
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
    keep_alive: KeepAlive,
    /// `None` is never.
    expires: Option<SystemTime>,
}

/// What a waiting request is given.
enum Turn {
    Load(LoadPermit),
    Run(Slot),
}

/// The queue of requests that wait to load a model is full.
pub(crate) struct Busy;

impl Queue {
    /// A queue in which the `warm` models are loaded already.
    pub(crate) fn new<'a>(
        parallel: usize,
        max_queue: usize,
        warm: impl Iterator<Item = &'a str>,
        load_gate: Gate,
    ) -> Self {
        let loaded = warm.map(|model| (model.to_owned(), Loaded::new(parallel)));
        let state = State { loaded: loaded.collect(), ..State::default() };
        let waiting = watch::Sender::new(Waiting::default());
        Self { parallel, max_queue, load_gate, state: Mutex::new(state), waiting }
    }

    pub(crate) fn waiting(&self) -> &watch::Sender<Waiting> {
        &self.waiting
    }

    /// Waits until the model is loaded and has a free slot. Also returns how long it took until
    /// the model was loaded.
    ///
    /// If the future is dropped, its place in the queue is skipped.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        model: &str,
        keep_alive: KeepAlive,
        request: &Arc<Request>,
    ) -> Result<(Slot, Duration), Busy> {
        let arrived = Instant::now();
        let mut place = self.enter(model)?;
        loop {
            let turn = match place {
                Place::Turn(turn) => turn,
                // A model with waiting requests is not unloaded, and a load permit that is
                // dropped is passed on.
                Place::Wait(wait) => wait.await.expect("every waiting request gets a turn"),
            };
            match turn {
                Turn::Load(permit) => place = permit.load(model, request).await,
                Turn::Run(mut slot) => {
                    slot.keep_alive = keep_alive;
                    let load = slot.loaded_since.saturating_duration_since(arrived);
                    return Ok((slot, load));
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, model: &str) -> Result<Place, Busy> {
        let mut state = locked(&self.state);
        state.expire();
        let place = if let Some(loaded) = state.loaded.get_mut(model) {
            Place::at(self, model, loaded)
        } else if !state.loading {
            state.loading = true;
            Place::Turn(Turn::Load(LoadPermit { queue: self.clone(), used: false }))
        } else if state.pending.len() < self.max_queue {
            let (turn, wait) = oneshot::channel();
            state.pending.push_back(Pending { model: model.into(), turn });
            Place::Wait(wait)
        } else {
            return Err(Busy);
        };
        self.publish(&state);
        Ok(place)
    }

    /// The models that are loaded, and when each expires.
    pub(crate) fn loaded(&self) -> Vec<(String, Option<SystemTime>)> {
        let mut state = locked(&self.state);
        state.expire();
        state.loaded.iter().map(|(model, loaded)| (model.clone(), loaded.expires)).collect()
    }

    /// Unloads a model as soon as no request uses it.
    pub(crate) fn unload(&self, model: &str) {
        let mut state = locked(&self.state);
        if let Some(loaded) = state.loaded.get_mut(model) {
            loaded.keep_alive = Some(Duration::ZERO);
            loaded.expires = Some(SystemTime::now());
        }
        state.expire();
    }

    fn publish(&self, state: &State) {
        let loaded = state.loaded.values();
        self.waiting.send_replace(Waiting {
            loading: state.loading,
            for_load: state.pending.len(),
            for_slot: loaded.clone().map(|loaded| loaded.waiting.len()).sum(),
            running: loaded.map(|loaded| loaded.running).sum(),
        });
    }
}

impl State {
    /// Removes the models that have expired. No timer is needed: it is enough to do this before
    /// each look at the loaded models.
    fn expire(&mut self) {
        let now = SystemTime::now();
        self.loaded.retain(|_, loaded| {
            let used = loaded.running > 0 || !loaded.waiting.is_empty();
            used || loaded.expires.is_none_or(|expires| expires > now)
        });
    }

    /// Takes the next request that waits to load a model and has not been dropped.
    fn next_pending(&mut self) -> Option<Pending> {
        let next = std::iter::from_fn(|| self.pending.pop_front());
        let next = { next }.find(|pending| !pending.turn.is_closed());
        self.loading = next.is_some();
        next
    }
}

impl Loaded {
    fn new(parallel: usize) -> Self {
        let keep_alive = duration::DEFAULT;
        Self {
            since: Instant::now(),
            free: parallel,
            running: 0,
            waiting: VecDeque::new(),
            keep_alive,
            expires: after(keep_alive),
        }
    }

    fn take_slot(&mut self, queue: &Arc<Queue>, model: &str) -> Slot {
        self.free -= 1;
        self.running += 1;
        let (queue, model) = (queue.clone(), model.into());
        Slot { queue, model, keep_alive: self.keep_alive, loaded_since: self.since }
    }

    /// Gives the free slots to the requests that wait. The caller sends the turns after it has
    /// released the lock, because a slot that cannot be sent takes the lock when it is dropped.
    fn give_slots(
        &mut self,
        queue: &Arc<Queue>,
        model: &str,
    ) -> Vec<(oneshot::Sender<Turn>, Turn)> {
        let mut turns = Vec::new();
        while self.free > 0
            && let Some(turn) = self.waiting.pop_front()
        {
            if !turn.is_closed() {
                turns.push((turn, Turn::Run(self.take_slot(queue, model))));
            }
        }
        turns
    }
}

fn after(keep_alive: KeepAlive) -> Option<SystemTime> {
    SystemTime::now().checked_add(keep_alive?)
}

fn send(turns: Vec<(oneshot::Sender<Turn>, Turn)>) {
    for (to, turn) in turns {
        // If the request has been dropped meanwhile, dropping the turn passes it on.
        drop(to.send(turn));
    }
}

/// A place in the queue.
enum Place {
    Turn(Turn),
    Wait(oneshot::Receiver<Turn>),
}

impl Place {
    fn at(queue: &Arc<Queue>, model: &str, loaded: &mut Loaded) -> Self {
        if loaded.free > 0 && loaded.waiting.is_empty() {
            return Place::Turn(Turn::Run(loaded.take_slot(queue, model)));
        }
        let (turn, wait) = oneshot::channel();
        loaded.waiting.push_back(turn);
        Place::Wait(wait)
    }
}

/// The right to load a model, which one request at a time has. If it is dropped unused, because
/// its client has disconnected, the next request gets it.
struct LoadPermit {
    queue: Arc<Queue>,
    used: bool,
}

impl LoadPermit {
    /// Loads the model. The request that has loaded it comes first in the queue for its slots,
    /// before those that have asked for the same model meanwhile.
    async fn load(mut self, model: &str, request: &Arc<Request>) -> Place {
        let ticket = self.queue.load_gate.enter(request);
        ticket.pass().await;
        ticket.finish();

        self.used = true;
        let queue = &self.queue;
        let mut state = locked(&queue.state);
        let mut loaded = Loaded::new(queue.parallel);
        let place = Place::at(queue, model, &mut loaded);
        let (same, others) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition::<Vec<_>, _>(|pending| pending.model == model);
        state.pending = others.into();
        loaded.waiting.extend(same.into_iter().map(|pending| pending.turn));
        let mut turns = loaded.give_slots(queue, model);
        state.loaded.insert(model.into(), loaded);
        turns.extend(pass_on(queue, &mut state));
        queue.publish(&state);
        drop(state);
        send(turns);
        place
    }
}

/// A load permit for the next request that waits for one.
fn pass_on(queue: &Arc<Queue>, state: &mut State) -> Option<(oneshot::Sender<Turn>, Turn)> {
    let permit = |next: Pending| {
        let permit = LoadPermit { queue: queue.clone(), used: false };
        (next.turn, Turn::Load(permit))
    };
    state.next_pending().map(permit)
}

impl Drop for LoadPermit {
    fn drop(&mut self) {
        if self.used {
            return;
        }
        let mut state = locked(&self.queue.state);
        let next = pass_on(&self.queue, &mut state);
        self.queue.publish(&state);
        drop(state);
        send(next.into_iter().collect());
    }
}

/// A slot of a loaded model. When it is dropped, the next waiting request gets it.
pub(crate) struct Slot {
    queue: Arc<Queue>,
    model: String,
    keep_alive: KeepAlive,
    loaded_since: Instant,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = locked(&self.queue.state);
        let mut turns = Vec::new();
        if let Some(loaded) = state.loaded.get_mut(&self.model) {
            loaded.free += 1;
            loaded.running -= 1;
            loaded.keep_alive = self.keep_alive;
            loaded.expires = after(self.keep_alive);
            turns = loaded.give_slots(&self.queue, &self.model);
        }
        state.expire();
        self.queue.publish(&state);
        drop(state);
        send(turns);
    }
}
