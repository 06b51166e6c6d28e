//! One task polls all jobs: a `FuturesUnordered` of at most `workers` futures, beside the queue and the cancel, in one
//! `select!`. Jobs take turns then instead of running in parallel, as suits those that mostly wait.
//!
//! As everything happens in one task, order and limits need no locks. A job in the queue carries the permit for its place
//! along, so that taking it out makes room.

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

/// A job in the queue, and the place that it takes up.
type Queued<J> = (J, OwnedSemaphorePermit);

pub struct WorkerPool<J> {
    /// Bounded by `places`: whoever holds a permit of the semaphore, and is not polled, does not keep the supervisor from
    /// closing the channel and seeing it empty.
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
                // A job that was just polled may have cancelled the pool.
                Some((job, _place)) if cancel.is_cancelled() => discard(job),
                Some((job, place)) => {
                    drop(place);
                    let begun = catch_unwind(AssertUnwindSafe(|| work(job)));
                    busy.push(Box::pin(serve(begun.map(Box::pin), &results)));
                }
                None => open = false,
            },
        }
    }
    // Only after a cancel is anything left. One by one, for each may panic.
    busy.into_iter().for_each(discard);
    queue.close();
    while let Some((job, _place)) = queue.recv().await {
        discard(job);
    }
    // Here `results` goes, and the results end.
}

/// What a worker does for a job, from the call of `work` to the result that is sent.
async fn serve<R, Fut: Future<Output = R>>(
    begun: Result<Pin<Box<Fut>>, Box<dyn Any + Send>>,
    results: &mpsc::Sender<Result<R, JobPanicked>>,
) {
    let ended = match begun {
        Ok(mut job) => {
            let ended = AssertUnwindSafe(job.as_mut()).catch_unwind().await;
            discard(job);
            ended
        }
        Err(payload) => Err(payload),
    };
    let result = ended.map_err(|payload| JobPanicked { message: message(payload) });
    // `try_send` asks for none of the task's budget, of which the jobs may have left nothing. A wait would let others pass.
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
                "a panic without a text".to_string()
            }
        },
    }
}

/// Drops what is somebody else's, whose destructor may panic.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload);
    }
}
