//! A state machine by hand: all that tasks wait for is in one struct under one lock, beside the wakers of those who wait.
//!
//! Each method changes the state, and wakes whoever can go on now when the lock is released. At any time at most one
//! worker is between taking a job and having called `work`, so the calls are in order, and no lock is held meanwhile.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// A fixed number of workers, and a bounded queue of jobs for them.
pub struct WorkerPool<J> {
    shared: Arc<Shared<J>>,
    workers: Vec<JoinHandle<()>>,
}

/// The pool was cancelled; the job is still yours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPanicked {
    pub message: String,
}

struct Shared<J> {
    cancel: CancellationToken,
    state: Mutex<State<J>>,
}

struct State<J> {
    queue: VecDeque<J>,
    /// Free places in the queue: the first so many in `line` may go in, whichever of them is polled first.
    room: usize,
    /// Each `submit` that waits, by ascending number. Who was woken has no waker.
    line: VecDeque<(u64, Option<Waker>)>,
    next_number: u64,
    /// No job comes in any more.
    closed: bool,
    /// A worker has taken a job and not yet called `work`. The others wait.
    beginning: bool,
    idle: BTreeMap<usize, Waker>,
}

impl<J> State<J> {
    /// The last of those who may go in, if it does not know yet.
    fn entitled(&mut self) -> Option<Waker> {
        self.line.get_mut(self.room.checked_sub(1)?)?.1.take()
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.line.binary_search_by_key(&number, |&(number, _)| number).ok()
    }

    /// An idle worker, if there is something for it to do.
    fn worker(&mut self) -> Option<Waker> {
        let due = !self.beginning && (self.closed || !self.queue.is_empty());
        due.then(|| self.idle.pop_first())?.map(|(_, waker)| waker)
    }
}

impl<J: Send + 'static> WorkerPool<J> {
    pub fn start<R, F, Fut>(
        workers: NonZeroUsize,
        cancel: CancellationToken,
        work: F,
    ) -> (Self, Results<R>)
    where
        R: Send + 'static,
        F: Fn(J) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
    {
        let (results, to_read) = mpsc::channel(2 * workers.get());
        let state = State {
            queue: VecDeque::new(),
            room: 2 * workers.get(),
            line: VecDeque::new(),
            next_number: 0,
            closed: false,
            beginning: false,
            idle: BTreeMap::new(),
        };
        let shared = Arc::new(Shared { cancel, state: Mutex::new(state) });
        let work = Arc::new(work);
        let start_one = |id| tokio::spawn(serve(id, shared.clone(), work.clone(), results.clone()));
        let workers = (0..workers.get()).map(start_one).collect();
        (Self { shared, workers }, to_read)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let mut job = Some(job);
        let mut ticket = Ticket { shared: &self.shared, number: None };
        let entered = self.shared.unless_cancelled(|cx| ticket.poll_enter(&mut job, cx)).await;
        drop(ticket);
        entered.unwrap_or(Err(())).map_err(|()| Rejected(job.expect("not accepted")))
    }

    pub async fn shutdown(mut self) {
        self.shared.close();
        for worker in &mut self.workers {
            let _ = worker.await;
        }
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// A place in the line of those who wait for room, given up when it is dropped.
struct Ticket<'a, J> {
    shared: &'a Shared<J>,
    number: Option<u64>,
}

impl<J> Ticket<'_, J> {
    /// Moves the job into the queue, as soon as there is room.
    fn poll_enter(&mut self, job: &mut Option<J>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        let waker = cx.waker().clone();
        let mut _old = None; // wakers are dropped, as they are woken, without the lock
        self.shared.update(|state| {
            if state.closed {
                return (Poll::Ready(Err(())), None);
            }
            let position = match self.number {
                Some(number) => state.position(number).expect("in line until it enters"),
                None => {
                    self.number = Some(state.next_number);
                    state.line.push_back((state.next_number, None));
                    state.next_number += 1;
                    state.line.len() - 1
                }
            };
            if position >= state.room {
                _old = state.line[position].1.replace(waker);
                return (Poll::Pending, None);
            }
            _old = state.line.remove(position).and_then(|(_, waker)| waker);
            self.number = None;
            state.room -= 1;
            state.queue.extend(job.take());
            (Poll::Ready(Ok(())), state.worker())
        })
    }
}

impl<J> Drop for Ticket<'_, J> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut _old = None;
        self.shared.update(|state| {
            let position = state.position(number).expect("in line until it enters");
            _old = state.line.remove(position);
            ((), if position < state.room { state.entitled() } else { None })
        });
    }
}

impl<J> Shared<J> {
    /// Changes the state, then wakes the one whom `change` names.
    fn update<T>(&self, change: impl FnOnce(&mut State<J>) -> (T, Option<Waker>)) -> T {
        let (value, waker) = change(&mut self.state.lock().unwrap());
        if let Some(waker) = waker {
            waker.wake();
        }
        value
    }

    /// Polls until there is a value, or the cancel, which takes precedence.
    async fn unless_cancelled<T>(
        &self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        let mut cancelled = pin!(self.cancel.cancelled());
        poll_fn(|cx| match cancelled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => poll(cx).map(Some),
        })
        .await
    }

    /// The next job, or `None` if there will be none. Whoever gets a job has to call `begun`.
    fn poll_job(&self, id: usize, cx: &mut Context<'_>) -> Poll<Option<J>> {
        let waker = cx.waker().clone();
        let mut _old = None;
        self.update(|state| {
            _old = state.idle.remove(&id);
            if !state.beginning {
                if let Some(job) = state.queue.pop_front() {
                    state.beginning = true;
                    state.room += 1;
                    return (Poll::Ready(Some(job)), state.entitled());
                }
                if state.closed {
                    return (Poll::Ready(None), state.worker());
                }
            }
            state.idle.insert(id, waker);
            (Poll::Pending, None)
        })
    }

    fn begun(&self) {
        self.update(|state| {
            state.beginning = false;
            ((), state.worker())
        });
    }

    fn close(&self) {
        self.update(|state| {
            state.closed = true;
            ((), state.worker())
        });
    }

    /// After a cancel: no job is left in the queue, and none comes in.
    fn clear(&self) {
        let jobs = self.update(|state| {
            state.closed = true;
            (mem::take(&mut state.queue), None)
        });
        jobs.into_iter().for_each(discard);
    }
}

/// A worker's life.
async fn serve<J, R, F, Fut>(
    id: usize,
    shared: Arc<Shared<J>>,
    work: Arc<F>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    while let Some(Some(job)) = shared.unless_cancelled(|cx| shared.poll_job(id, cx)).await {
        let begun = if shared.cancel.is_cancelled() {
            discard(job);
            None
        } else {
            Some(catch_unwind(AssertUnwindSafe(|| work(job))).map(Box::pin))
        };
        shared.begun();
        let ended = match begun {
            Some(Ok(job)) => finish(&shared, job).await,
            Some(Err(payload)) => Some(Err(payload)),
            None => None,
        };
        if let Some(ended) = ended {
            let result = ended.map_err(|payload| JobPanicked { message: message(payload) });
            deliver(&shared, &results, result).await;
        }
    }
    if shared.cancel.is_cancelled() {
        shared.clear(); // before `results` goes
    }
}

async fn finish<J, Fut: Future>(
    shared: &Shared<J>,
    mut job: Pin<Box<Fut>>,
) -> Option<Result<Fut::Output, Box<dyn Any + Send>>> {
    let poll = |cx: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| job.as_mut().poll(cx)))
    {
        Ok(poll) => poll.map(Ok),
        Err(payload) => Poll::Ready(Err(payload)),
    };
    let ended = shared.unless_cancelled(poll).await;
    discard(job);
    ended
}

async fn deliver<J, T>(shared: &Shared<J>, results: &mpsc::Sender<T>, result: T) {
    // `reserve` alone might yield, for the sake of tokio's budget, and let a later result pass.
    let place = match results.try_reserve() {
        Err(TrySendError::Full(())) => {
            let mut place = pin!(results.reserve());
            let place = shared.unless_cancelled(|cx| place.as_mut().poll(cx)).await;
            place.and_then(Result::ok)
        }
        place => place.ok(),
    };
    match place {
        Some(place) => place.send(result),
        None => discard(result),
    }
}

fn message(payload: Box<dyn Any + Send>) -> String {
    let text = match payload.downcast_ref::<&str>() {
        Some(text) => Some(*text),
        None => payload.downcast_ref::<String>().map(String::as_str),
    };
    let message = text.unwrap_or("a panic without a message").to_owned();
    discard(payload);
    message
}

/// Drops foreign values, whose destructors may panic.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload);
    }
}
