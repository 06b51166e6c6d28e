use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::{oneshot, watch};

use crate::locked;
use crate::request::Request;

/// A place where requests can be held and let on, one by one and in any order.
///
/// A gate counts every request that comes to it, and holds them while it is closed: a
/// test waits until as many as it expects are held, and so knows that they are in flight
/// *together*, without a clock. Clones are the same gate.
///
/// All that waits here waits without polling, under any executor, and is cancel-safe: a
/// future that is dropped has changed nothing.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    counts: watch::Sender<Counts>,
}

struct State {
    closed: bool,
    held: BTreeMap<u64, Held>,
}

struct Held {
    request: Arc<Request>,
    release: oneshot::Sender<()>,
}

/// What a gate has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held now.
    pub held: usize,
    /// Have come and not ended, held or not. A request has ended when the last part of
    /// its reply is on its way to the client, so that a client which has the whole reply
    /// is never counted still.
    pub in_flight: usize,
    /// The most that were in flight at one time.
    pub max_in_flight: usize,
    /// How often one has been held so far: at an [`At::Object`](crate::At::Object), the
    /// same one again and again.
    pub stops: usize,
    /// Have ended with what the mock had to send them, a failure included.
    pub finished: usize,
    /// Have ended because their client left.
    pub left: usize,
}

impl Gate {
    /// A closed gate of one's own, for [`Fault::Hold`](crate::Fault::Hold) and
    /// [`Fault::Stall`](crate::Fault::Stall).
    pub fn new() -> Self {
        Self::with(true)
    }

    pub(crate) fn opened() -> Self {
        Self::with(false)
    }

    fn with(closed: bool) -> Self {
        let state = Mutex::new(State { closed, held: BTreeMap::new() });
        Self(Arc::new(Inner { state, counts: watch::Sender::new(Counts::default()) }))
    }

    /// Holds whoever comes from now on.
    pub fn close(&self) {
        locked(&self.0.state).closed = true;
    }

    /// Lets on all that are held, in the order in which they reached the mock, and
    /// whoever comes from now on.
    pub fn open(&self) {
        let mut state = locked(&self.0.state);
        state.closed = false;
        while let Some((_, held)) = state.held.pop_first() {
            self.let_on(held);
        }
    }

    /// Lets the request on that is `index`-th among those held (from 0, in the order in
    /// which they reached the mock). False if so many are not held.
    pub fn release(&self, index: usize) -> bool {
        let mut state = locked(&self.0.state);
        let id = state.held.keys().nth(index).copied();
        let held = id.and_then(|id| state.held.remove(&id));
        held.map(|held| self.let_on(held)).is_some()
    }

    /// Lets the request with this [id](Request::id) on. False if it is not held.
    pub fn release_id(&self, id: u64) -> bool {
        let mut state = locked(&self.0.state);
        let held = state.held.remove(&id);
        held.map(|held| self.let_on(held)).is_some()
    }

    /// Under the lock, so that the counts never lag behind what is held.
    fn let_on(&self, held: Held) {
        self.count(|counts| counts.held -= 1);
        // Whose client is just leaving takes no notice; its ticket counts that.
        let _ = held.release.send(());
    }

    /// Those held, in the order in which they reached the mock.
    pub fn held(&self) -> Vec<Arc<Request>> {
        locked(&self.0.state).held.values().map(|held| held.request.clone()).collect()
    }

    /// How many requests are in flight: see [`Counts::in_flight`].
    pub fn in_flight(&self) -> usize {
        self.counts().in_flight
    }

    /// The most that were in flight at one time, so far.
    ///
    /// A client that gives up on a request and sends the next may be counted with both
    /// for a moment: the two connections tell of it in no order. A client that waits for
    /// its replies never is.
    pub fn max_in_flight(&self) -> usize {
        self.counts().max_in_flight
    }

    /// How many clients have left before their reply was on its way.
    pub fn left(&self) -> usize {
        self.counts().left
    }

    /// All the counts, of one instant.
    pub fn counts(&self) -> Counts {
        *self.0.counts.borrow()
    }

    /// Waits until at least `n` are held at one time.
    ///
    /// This waits for ever if they never come, as does a sequential client where two are
    /// waited for: what a watchdog around the test then names.
    pub async fn wait_for(&self, n: usize) -> Counts {
        self.until(|counts| counts.held >= n).await
    }

    /// Waits until at least `n` clients have left.
    pub async fn wait_for_left(&self, n: usize) -> Counts {
        self.until(|counts| counts.left >= n).await
    }

    /// Waits until the counts are as asked for, and gives them. A state that passes while
    /// nobody looks may be missed, as with any `watch`; while all are held, none passes.
    pub async fn until(&self, reached: impl FnMut(&Counts) -> bool) -> Counts {
        let mut reached = reached;
        let mut counts = self.0.counts.subscribe();
        let seen = counts.wait_for(|counts| reached(counts)).await;
        *seen.expect("the gate itself keeps the other end")
    }

    /// Counts a request in. The ticket counts it out again.
    pub(crate) fn enter(&self, request: &Arc<Request>) -> Ticket {
        self.count(|counts| {
            counts.in_flight += 1;
            counts.max_in_flight = counts.max_in_flight.max(counts.in_flight);
        });
        Ticket { gate: self.clone(), request: request.clone(), finished: false }
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.0.counts.send_modify(change);
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&self.counts()).finish()
    }
}

/// A request at a gate. Dropped before it has finished, its client has left.
pub(crate) struct Ticket {
    gate: Gate,
    request: Arc<Request>,
    finished: bool,
}

impl Ticket {
    pub(crate) fn is_for(&self, gate: &Gate) -> bool {
        Arc::ptr_eq(&self.gate.0, &gate.0)
    }

    /// Waits here while the gate is closed. May be called again and again.
    pub(crate) async fn pass(&self) {
        let released = {
            let mut state = locked(&self.gate.0.state);
            if !state.closed {
                return;
            }
            let (release, released) = oneshot::channel();
            let held = Held { request: self.request.clone(), release };
            state.held.insert(self.request.id(), held);
            self.gate.count(|counts| {
                counts.held += 1;
                counts.stops += 1;
            });
            released
        };
        // The sender is only ever dropped with this ticket.
        let _ = released.await;
    }

    pub(crate) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = locked(&self.gate.0.state);
        let held = state.held.remove(&self.request.id()).is_some();
        self.gate.count(|counts| {
            counts.held -= usize::from(held);
            counts.in_flight -= 1;
            if self.finished {
                counts.finished += 1;
            } else {
                counts.left += 1;
            }
        });
    }
}
