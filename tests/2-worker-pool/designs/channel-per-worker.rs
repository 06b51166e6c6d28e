//! Each worker offers a one-shot channel when it is idle, and a dispatcher sends the next job through the first one
//! offered: Go's channel of channels.
//!
//! The dispatcher takes a job from the queue only when it has a worker's channel, and calls `work` itself, so the calls
//! are in order; it sends the future. It ends after the workers, and so decides when the results end.
//!
//! A semaphore counts the room in the queue. The bounded channel's own permits would not do: `recv` waits for one
//! that a `submit` holds while it is not polled, even after the channel was closed.

use std::any::Any;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::FutureExt;
use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::sync::Arc;

pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// What `work` returned, or how it panicked.
type Begun<Fut> = Result<Pin<Box<Fut>>, JobPanicked>;
type Slot<Fut> = oneshot::Sender<Begun<Fut>>;

pub struct WorkerPool<J> {
    queue: Sender<J>,
    room: Arc<Semaphore>,
    cancel: CancellationToken,
    dispatcher: JoinHandle<()>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
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
        let (queue, jobs) = mpsc::channel(2 * workers.get());
        let (results, to_read) = mpsc::channel(2 * workers.get());
        let room = Arc::new(Semaphore::new(2 * workers.get()));
        let (offers, slots) = mpsc::channel(workers.get());
        let mut team = JoinSet::new();
        for _ in 0..workers.get() {
            team.spawn(serve(offers.clone(), results.clone(), cancel.clone()));
        }

        let dispatching = dispatch(jobs, slots, work, room.clone(), cancel.clone());
        let dispatcher = tokio::spawn(async move {
            dispatching.await;
            while team.join_next().await.is_some() {}
            drop(results);
        });
        (Self { queue, room, cancel, dispatcher }, to_read)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        // The dispatcher closes the semaphore after a cancel, but may not have seen it yet.
        if self.cancel.is_cancelled() {
            return Err(Rejected(job));
        }
        match self.room.acquire().await {
            // Given back by `dispatch` when it takes the job.
            Ok(permit) if !self.cancel.is_cancelled() => permit.forget(),
            _ => return Err(Rejected(job)),
        }
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Closed(job) | TrySendError::Full(job) => Rejected(job),
        })
    }

    pub async fn shutdown(self) {
        drop(self.queue);
        // If this future is dropped, the dispatcher continues by itself.
        let _ = self.dispatcher.await;
    }
}

/// Gives jobs to idle workers until no more jobs come or the pool is cancelled. Then no job is left in the queue.
async fn dispatch<J, F, Fut>(
    mut jobs: Receiver<J>,
    mut slots: Receiver<Slot<Fut>>,
    work: F,
    room: Arc<Semaphore>,
    cancel: CancellationToken,
) where
    F: Fn(J) -> Fut,
    Fut: Future,
{
    loop {
        let pair = async {
            let slot = slots.recv().await?;
            Some((slot, jobs.recv().await?))
        };
        let pair = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            pair = pair => pair,
        };
        let Some((slot, job)) = pair else { break };
        room.add_permits(1);
        if cancel.is_cancelled() {
            discard(job);
            break;
        }
        let begun = catch_unwind(AssertUnwindSafe(|| work(job)));
        let begun = begun.map(Box::pin).map_err(JobPanicked::from);
        if let Err(refused) = slot.send(begun) {
            discard(refused);
        }
    }
    room.close();
    drain(jobs).await;
    // Workers that wait for a job see that their channel is closed.
    drain(slots).await;
}

/// Closes a channel and drops what is in it.
///
/// Dropping the receiver would not do: a message that is being sent could stay in the channel while its sender exists.
async fn drain<T>(mut channel: Receiver<T>) {
    channel.close();
    while let Some(message) = channel.recv().await {
        discard(message);
    }
}

/// Runs a worker.
async fn serve<R, Fut: Future<Output = R>>(
    offers: Sender<Slot<Fut>>,
    results: Sender<Result<R, JobPanicked>>,
    cancel: CancellationToken,
) {
    loop {
        let (slot, filled) = oneshot::channel();
        if offers.send(slot).await.is_err() {
            break;
        }
        let Ok(begun) = filled.await else { break };
        let result = match begun {
            Ok(job) => match finish(job, &cancel).await {
                Some(result) => result,
                None => break,
            },
            Err(panicked) => Err(panicked),
        };
        deliver(result, &results, &cancel).await;
    }
}

async fn finish<Fut: Future>(
    mut job: Pin<Box<Fut>>,
    cancel: &CancellationToken,
) -> Option<Result<Fut::Output, JobPanicked>> {
    let result = tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        result = AssertUnwindSafe(job.as_mut()).catch_unwind() => Some(result),
    };
    discard(job);
    result.map(|result| result.map_err(JobPanicked::from))
}

async fn deliver<T>(result: T, results: &Sender<T>, cancel: &CancellationToken) {
    // Not `reserve` alone: it yields even if there is room when the job has used up the task's cooperative budget,
    // which would let a later result overtake this one.
    let place = match results.try_reserve() {
        Err(TrySendError::Full(())) => tokio::select! {
            biased;
            place = results.reserve() => place.ok(),
            () = cancel.cancelled() => None,
        },
        place => place.ok(),
    };
    match place {
        Some(place) => place.send(result),
        None => discard(result),
    }
}

impl From<Box<dyn Any + Send>> for JobPanicked {
    fn from(payload: Box<dyn Any + Send>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&str>() {
            text.to_string()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.clone()
        } else {
            "no panic message".to_string()
        };
        discard(payload);
        JobPanicked { message }
    }
}

/// Drops a value of the caller's. Its destructor may panic, which must not end the task.
fn discard<T>(value: T) {
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(value)));
    // The payload's destructor may panic, too.
    dropped.unwrap_or_else(mem::forget);
}
