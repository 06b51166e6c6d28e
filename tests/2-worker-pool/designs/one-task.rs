//! One task runs everything: a single `select!` waits for the cancel, for one of at most `workers` running jobs in a
//! `FuturesUnordered`, and for the next job in the queue.
//!
//! The jobs run concurrently but not in parallel, which suits jobs that mostly wait. Since only this task touches
//! them, order and limits need no locks. A queued job carries the permit for its place, so that taking it out of the
//! queue makes room for another.

use std::any::Any;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc::error::{SendError, TrySendError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::Arc;

pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// A queued job, with the permit for its place.
type Queued<J> = (J, OwnedSemaphorePermit);

pub struct WorkerPool<J> {
    /// Bounded by `places`. A bounded channel would not do: its permits are part of the channel, so that one held by a
    /// `submit` that is not polled would keep `recv` waiting after the channel was closed.
    queue: mpsc::UnboundedSender<Queued<J>>,
    places: Arc<Semaphore>,
    cancel: CancellationToken,
    supervisor: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPanicked {
    pub message: String,
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
        let (queue, jobs) = mpsc::unbounded_channel();
        let (results, to_read) = mpsc::channel(2 * workers.get());
        let places = Arc::new(Semaphore::new(2 * workers.get()));
        let supervisor = supervise(workers.get(), cancel.clone(), work, jobs, results);
        (Self { queue, places, cancel, supervisor: tokio::spawn(supervisor) }, to_read)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.places.clone().acquire_owned() => place.expect("never closed"),
        };
        if self.cancel.is_cancelled() {
            return Err(Rejected(job));
        }
        self.queue.send((job, place)).map_err(|SendError((job, _place))| Rejected(job))
    }

    pub async fn shutdown(self) {
        drop(self.queue);
        let _ = self.supervisor.await;
    }
}

async fn supervise<J, R, F, Fut>(
    workers: usize,
    cancel: CancellationToken,
    work: F,
    mut queue: mpsc::UnboundedReceiver<Queued<J>>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    let mut busy = FuturesUnordered::new();
    let mut open = true;
    while open || !busy.is_empty() {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(()) = busy.next() => {}
            queued = queue.recv(), if open && busy.len() < workers => match queued {
                // A job that was polled since may have cancelled the pool.
                Some((job, _place)) if cancel.is_cancelled() => discard(job),
                Some((job, place)) => {
                    drop(place);
                    let started = catch_unwind(AssertUnwindSafe(|| work(job))).map(Box::pin);
                    busy.push(Box::pin(async {
                        let result = finish(started).await;
                        deliver(result, &results).await;
                    }));
                }
                None => open = false,
            },
        }
    }
    // Something is left only after a cancel. Dropped one by one, since each destructor may panic.
    busy.into_iter().for_each(discard);
    queue.close();
    while let Some((job, _place)) = queue.recv().await {
        discard(job);
    }
    // `results` is dropped last, so the results end when no job is left.
}

/// Runs a job that was started with `work`.
async fn finish<R, Fut: Future<Output = R>>(
    started: Result<Pin<Box<Fut>>, Box<dyn Any + Send>>,
) -> Result<R, JobPanicked> {
    let ended = match started {
        Ok(mut job) => {
            let ended = AssertUnwindSafe(job.as_mut()).catch_unwind().await;
            discard(job);
            ended
        }
        Err(payload) => Err(payload),
    };
    ended.map_err(|payload| JobPanicked { message: message(payload) })
}

async fn deliver<R>(
    result: Result<R, JobPanicked>,
    results: &mpsc::Sender<Result<R, JobPanicked>>,
) {
    // `try_send` first: the jobs may have used up the task's cooperative budget, and then `reserve` yields even if
    // there is room, which would let a later result overtake this one.
    match results.try_send(result) {
        Ok(()) => {}
        Err(TrySendError::Closed(result)) => discard(result),
        Err(TrySendError::Full(result)) => match results.reserve().await {
            Ok(place) => place.send(result),
            Err(_) => discard(result),
        },
    }
}

fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => text.to_string(),
            Err(payload) => {
                discard(payload);
                "no panic message".to_string()
            }
        },
    }
}

/// Drops a value of the caller's. Its destructor may panic, which must not end the task.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload);
    }
}
