//! A state machine with wakers of its own: all state that tasks wait for is under one lock, with the wakers of those
//! that wait.
//!
//! Each method changes the state, releases the lock, and then wakes the task that can continue. At any time at most one
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

/// A fixed number of workers that run jobs from one queue.
pub struct WorkerPool<J> {
    shared: Arc<Shared<J>>,
    workers: Vec<JoinHandle<()>>,
}

/// A job that the pool did not accept.
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
    /// The number of free places in the queue. That many `submit` calls at the front of `line` may add their jobs, in
    /// any order.
    room: usize,
    /// The waiting `submit` calls, by ascending number. One that was woken has no waker.
    line: VecDeque<(u64, Option<Waker>)>,
    next_number: u64,
    /// No more jobs are accepted.
    closed: bool,
    /// A worker has taken a job and has not called `work` yet. The others wait.
    beginning: bool,
    idle: BTreeMap<usize, Waker>,
}

impl<J> State<J> {
    /// The last `submit` in line that may add its job, if it was not woken yet.
    fn entitled(&mut self) -> Option<Waker> {
        self.line.get_mut(self.room.checked_sub(1)?)?.1.take()
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.line.binary_search_by_key(&number, |&(number, _)| number).ok()
    }

    /// An idle worker, if there is something to do.
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

/// A place in the line of waiting `submit` calls, given up when it is dropped.
struct Ticket<'a, J> {
    shared: &'a Shared<J>,
    number: Option<u64>,
}

impl<J> Ticket<'_, J> {
    /// Adds the job to the queue as soon as there is room.
    fn poll_enter(&mut self, job: &mut Option<J>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        let waker = cx.waker().clone();
        let mut _old = None; // wakers are dropped and woken without the lock
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
    /// Changes the state, then wakes the waker that `change` returns.
    fn update<T>(&self, change: impl FnOnce(&mut State<J>) -> (T, Option<Waker>)) -> T {
        let (value, waker) = change(&mut self.state.lock().unwrap());
        if let Some(waker) = waker {
            waker.wake();
        }
        value
    }

    /// Polls until there is a value or the pool is cancelled. The cancel takes precedence.
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

    /// Takes the next job; `None` if none will come. After a job was returned, `begun` has to be called.
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

    /// Closes the queue, and drops the jobs in it.
    fn clear(&self) {
        let jobs = self.update(|state| {
            state.closed = true;
            (mem::take(&mut state.queue), None)
        });
        jobs.into_iter().for_each(discard);
    }
}

/// Runs a worker.
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
        shared.clear(); // before `results` is dropped
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
    // Not `reserve` alone: it yields even if there is room when the job has used up the task's cooperative budget,
    // which would let a later result overtake this one.
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
    let message = text.unwrap_or("no panic message").to_owned();
    discard(payload);
    message
}

/// Drops a value of the caller's. Its destructor may panic, which must not end the worker.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload);
    }
}
