use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{oneshot, watch};

use crate::gate::Gate;
use crate::locked;
use crate::request::Request;

/// What Ollama's queue holds, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Whether a request is having its model loaded.
    pub loading: bool,
    /// Wait for a model to load: what `OLLAMA_MAX_QUEUE` bounds.
    pub for_load: usize,
    /// Wait for a slot of a loaded model, without bound.
    pub for_slot: usize,
    /// Have a slot, of which each model has `OLLAMA_NUM_PARALLEL`.
    pub running: usize,
}

/// Loads one model at a time, and gives out its slots, first come, first served.
///
/// Ollama's scheduler is this: who finds the model loaded waits for a slot, however long;
/// who does not is put into a bounded queue for the loader, or sent away with 503 if that
/// is full. The request at the loader is in it no more.
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

struct Pending {
    model: String,
    turn: oneshot::Sender<Turn>,
}

struct Loaded {
    at: Timestamp,
    free: usize,
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
    keep_alive: KeepAlive,
    /// None is for ever.
    expires: Option<Timestamp>,
}

/// What a request that waited is given.
enum Turn {
    Load(Loader),
    Run(Slot),
}

/// How long a model stays after a request; `None` is for ever.
pub(crate) type KeepAlive = Option<Duration>;
pub(crate) const DEFAULT_KEEP_ALIVE: KeepAlive = Some(Duration::from_secs(300));

/// The queue for the loader was full.
pub(crate) struct Busy;

impl Queue {
    pub(crate) fn new(parallel: usize, max_queue: usize, warm: &[&str], load_gate: Gate) -> Self {
        let loaded = warm.iter().map(|model| ((*model).to_owned(), Loaded::new(parallel)));
        let state = State { loaded: loaded.collect(), ..State::default() };
        let waiting = watch::Sender::new(Waiting::default());
        Self { parallel, max_queue, load_gate, state: Mutex::new(state), waiting }
    }

    pub(crate) fn waiting(&self) -> &watch::Sender<Waiting> {
        &self.waiting
    }

    /// Waits until the model is loaded and has a slot free. The time is how long it took
    /// until it was loaded. Dropped before, the place in the line is given up when it is
    /// reached.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        model: &str,
        keep_alive: KeepAlive,
        request: &Arc<Request>,
    ) -> Result<(Slot, Duration), Busy> {
        let came = Timestamp::now();
        let mut turn = self.line_up(model)?;
        loop {
            let next = match turn {
                Line::Turn(now) => now,
                Line::Wait(wait) => match wait.await {
                    Ok(now) => now,
                    // A model is unloaded only when nobody waits for it, and a loader
                    // passes its pending requests on.
                    Err(_) => unreachable!("whoever waits is given a turn"),
                },
            };
            match next {
                Turn::Load(loader) => turn = loader.load(model, request).await,
                Turn::Run(mut slot) => {
                    slot.keep_alive = keep_alive;
                    let load = slot.loaded_at.duration_since(came);
                    return Ok((slot, Duration::try_from(load).unwrap_or_default()));
                }
            }
        }
    }

    fn line_up(self: &Arc<Self>, model: &str) -> Result<Line, Busy> {
        let mut state = locked(&self.state);
        state.expire();
        let line = if let Some(loaded) = state.loaded.get_mut(model) {
            Line::at(self, model, loaded)
        } else if !state.loading {
            state.loading = true;
            Line::Turn(Turn::Load(Loader { queue: self.clone(), loaded: false }))
        } else if state.pending.len() < self.max_queue {
            let (turn, wait) = oneshot::channel();
            state.pending.push_back(Pending { model: model.into(), turn });
            Line::Wait(wait)
        } else {
            return Err(Busy);
        };
        self.publish(&state);
        Ok(line)
    }

    /// The models that are loaded, and until when.
    pub(crate) fn loaded(&self) -> Vec<(String, Option<Timestamp>)> {
        let mut state = locked(&self.state);
        state.expire();
        state.loaded.iter().map(|(model, loaded)| (model.clone(), loaded.expires)).collect()
    }

    /// Unloads a model as soon as nobody uses it.
    pub(crate) fn unload(&self, model: &str) {
        let mut state = locked(&self.state);
        if let Some(loaded) = state.loaded.get_mut(model) {
            loaded.keep_alive = Some(Duration::ZERO);
            loaded.expires = Some(Timestamp::now());
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
    /// Forgets the models whose time is up. Nothing else looks at the clock, so it is
    /// enough to do this when someone asks.
    fn expire(&mut self) {
        let now = Timestamp::now();
        self.loaded.retain(|_, loaded| {
            let used = loaded.running > 0 || !loaded.waiting.is_empty();
            used || loaded.expires.is_none_or(|expires| expires > now)
        });
    }

    /// Whom the loader is for next, if anybody.
    fn next_pending(&mut self) -> Option<Pending> {
        let next = std::iter::from_fn(|| self.pending.pop_front());
        let next = { next }.find(|pending| !pending.turn.is_closed());
        self.loading = next.is_some();
        next
    }
}

impl Loaded {
    fn new(parallel: usize) -> Self {
        let waiting = VecDeque::new();
        let keep_alive = DEFAULT_KEEP_ALIVE;
        let (at, expires) = (Timestamp::now(), after(keep_alive));
        Self { at, free: parallel, running: 0, waiting, keep_alive, expires }
    }

    fn take(&mut self, queue: &Arc<Queue>, model: &str) -> Slot {
        self.free -= 1;
        self.running += 1;
        let (queue, model) = (queue.clone(), model.into());
        Slot { queue, model, keep_alive: self.keep_alive, loaded_at: self.at }
    }

    /// Gives the free slots to those who wait. The caller sends them off, without a lock:
    /// one that comes back, because its client has just left, takes it again.
    fn hand_out(&mut self, queue: &Arc<Queue>, model: &str) -> Vec<(oneshot::Sender<Turn>, Turn)> {
        let mut turns = Vec::new();
        while self.free > 0
            && let Some(turn) = self.waiting.pop_front()
        {
            if !turn.is_closed() {
                turns.push((turn, Turn::Run(self.take(queue, model))));
            }
        }
        turns
    }
}

fn after(keep_alive: KeepAlive) -> Option<Timestamp> {
    let keep_alive = SignedDuration::try_from(keep_alive?).unwrap_or(SignedDuration::MAX);
    Some(Timestamp::now().saturating_add(keep_alive).unwrap_or(Timestamp::MAX))
}

fn send(turns: Vec<(oneshot::Sender<Turn>, Turn)>) {
    for (to, turn) in turns {
        // If its client has left, the turn is dropped here, which passes it on.
        drop(to.send(turn));
    }
}

/// A place in the line, or the head of it.
enum Line {
    Turn(Turn),
    Wait(oneshot::Receiver<Turn>),
}

impl Line {
    fn at(queue: &Arc<Queue>, model: &str, loaded: &mut Loaded) -> Self {
        if loaded.free > 0 && loaded.waiting.is_empty() {
            return Line::Turn(Turn::Run(loaded.take(queue, model)));
        }
        let (turn, wait) = oneshot::channel();
        loaded.waiting.push_back(turn);
        Line::Wait(wait)
    }
}

/// The right to load a model: one at a time. Dropped undone, since its client has left,
/// the next may.
struct Loader {
    queue: Arc<Queue>,
    loaded: bool,
}

impl Loader {
    /// Loads the model; then the one who has loaded it is the first in its line, before
    /// those who came for it meanwhile.
    async fn load(mut self, model: &str, request: &Arc<Request>) -> Line {
        let ticket = self.queue.load_gate.enter(request);
        ticket.pass().await;
        ticket.finish();

        self.loaded = true;
        let queue = &self.queue;
        let mut state = locked(&queue.state);
        let mut loaded = Loaded::new(queue.parallel);
        let line = Line::at(queue, model, &mut loaded);
        let (here, others) = { std::mem::take(&mut state.pending).into_iter() }
            .partition(|pending: &Pending| pending.model == model);
        state.pending = others;
        loaded.waiting.extend(Vec::from(here).into_iter().map(|pending| pending.turn));
        let mut turns = loaded.hand_out(queue, model);
        state.loaded.insert(model.into(), loaded);
        if let Some(next) = state.next_pending() {
            let loader = Loader { queue: queue.clone(), loaded: false };
            turns.push((next.turn, Turn::Load(loader)));
        }
        queue.publish(&state);
        drop(state);
        send(turns);
        line
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        if self.loaded {
            return;
        }
        let mut state = locked(&self.queue.state);
        let next = state.next_pending();
        self.queue.publish(&state);
        drop(state);
        if let Some(next) = next {
            let loader = Loader { queue: self.queue.clone(), loaded: false };
            send(vec![(next.turn, Turn::Load(loader))]);
        }
    }
}

/// A slot of a loaded model; dropping it gives it to the next in line.
pub(crate) struct Slot {
    queue: Arc<Queue>,
    model: String,
    keep_alive: KeepAlive,
    loaded_at: Timestamp,
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
            turns = loaded.hand_out(&self.queue, &self.model);
        }
        state.expire();
        self.queue.publish(&state);
        drop(state);
        send(turns);
    }
}
