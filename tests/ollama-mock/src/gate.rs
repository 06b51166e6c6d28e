//! Gates: where a test holds requests, and counts them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::{oneshot, watch};

use crate::locked;
use crate::request::Request;

/// A point where a test can hold requests and release them, one by one and in any order.
///
/// A gate counts every request that reaches it, and holds requests while it is closed. A test
/// that waits until as many requests as it expects are held knows, without a clock, that they
/// are in flight *together*. A clone is the same gate.
///
/// The futures of a gate work under any executor and are cancel-safe: one that is dropped has
/// changed nothing.
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

/// The counts of a gate at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that are held now.
    pub held: usize,
    /// Requests that have reached the gate and have not ended, held or not. A request ends just
    /// before the last bytes of its reply are sent, so a client that has received the whole
    /// reply is not counted any more.
    pub in_flight: usize,
    /// The highest `in_flight` so far.
    pub max_in_flight: usize,
    /// How often a request was held so far. At [`At::Object`](crate::At::Object) the same
    /// request is held many times.
    pub stops: usize,
    /// Requests that have ended because the mock had sent all it had to send, be it a reply or a
    /// fault.
    pub finished: usize,
    /// Requests that have ended because their client disconnected.
    pub left: usize,
}

impl Gate {
    /// A closed gate, for [`Fault::Hold`](crate::Fault::Hold) and
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

    /// Holds the requests that reach the gate from now on.
    pub fn close(&self) {
        locked(&self.0.state).closed = true;
    }

    /// Releases all requests that are held, in the order of arrival, and lets later ones pass.
    pub fn open(&self) {
        let mut state = locked(&self.0.state);
        state.closed = false;
        while let Some((_, held)) = state.held.pop_first() {
            self.let_pass(held);
        }
    }

    /// Releases one of the requests that are held, by its index in [`held`](Gate::held). Returns
    /// false if there are not so many.
    pub fn release(&self, index: usize) -> bool {
        let mut state = locked(&self.0.state);
        let id = state.held.keys().nth(index).copied();
        let held = id.and_then(|id| state.held.remove(&id));
        held.map(|held| self.let_pass(held)).is_some()
    }

    /// Releases the request with this [id](Request::id). Returns false if it is not held.
    pub fn release_id(&self, id: u64) -> bool {
        let mut state = locked(&self.0.state);
        let held = state.held.remove(&id);
        held.map(|held| self.let_pass(held)).is_some()
    }

    /// To be called under the lock, so that the counts agree with the requests that are held.
    fn let_pass(&self, held: Held) {
        self.count(|counts| counts.held -= 1);
        // If the client is just disconnecting, the ticket counts that.
        let _ = held.release.send(());
    }

    /// The requests that are held, in the order of arrival.
    pub fn held(&self) -> Vec<Arc<Request>> {
        locked(&self.0.state).held.values().map(|held| held.request.clone()).collect()
    }

    /// How many requests are in flight: see [`Counts::in_flight`].
    pub fn in_flight(&self) -> usize {
        self.counts().in_flight
    }

    /// The most requests that were in flight at one time so far: see [`Counts::max_in_flight`].
    ///
    /// If a client abandons a request and sends another one, both may be counted for a moment,
    /// because the mock sees the events of two connections in any order. For a client that waits
    /// for its replies the count is exact.
    pub fn max_in_flight(&self) -> usize {
        self.counts().max_in_flight
    }

    /// How many requests have ended because their client disconnected.
    pub fn left(&self) -> usize {
        self.counts().left
    }

    /// All counts, of the same moment.
    pub fn counts(&self) -> Counts {
        *self.0.counts.borrow()
    }

    /// Waits until at least `n` requests are held at one time.
    ///
    /// This waits forever if they never come, for example if a client that sends one request
    /// after the other is expected to send two at once. A test needs a watchdog for that.
    pub fn wait_for(&self, n: usize) -> BoxFuture<'_, Counts> {
        self.until(move |counts| counts.held >= n)
    }

    /// Waits until at least `n` requests have ended because their client disconnected.
    pub fn wait_for_left(&self, n: usize) -> BoxFuture<'_, Counts> {
        self.until(move |counts| counts.left >= n)
    }

    /// Waits until `reached` returns true for the counts, and returns those.
    ///
    /// Counts that last only for a moment may be missed, as with any `watch` channel. While all
    /// requests are held, they do not change.
    pub fn until<'a>(
        &'a self,
        reached: impl FnMut(&Counts) -> bool + Send + 'a,
    ) -> BoxFuture<'a, Counts> {
        self.until_boxed(Box::new(reached))
    }

    fn until_boxed<'a>(
        &'a self,
        mut reached: Box<dyn FnMut(&Counts) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Counts> {
        Box::pin(async move {
            let mut counts = self.0.counts.subscribe();
            let seen = counts.wait_for(|counts| reached(counts)).await;
            *seen.expect("the gate owns the sender")
        })
    }

    /// Counts a request that has reached the gate. It is in flight until its ticket is dropped.
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

/// A request that has reached a gate. If it is dropped unfinished, the client has disconnected.
pub(crate) struct Ticket {
    gate: Gate,
    request: Arc<Request>,
    finished: bool,
}

impl Ticket {
    pub(crate) fn is_for(&self, gate: &Gate) -> bool {
        Arc::ptr_eq(&self.gate.0, &gate.0)
    }

    /// Waits while the gate is closed. May be called many times.
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
        // Only `drop` of this ticket drops the sender without a message.
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
