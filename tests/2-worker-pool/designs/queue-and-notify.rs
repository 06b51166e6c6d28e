//! A bounded buffer as in the textbooks: a queue under a lock, a semaphore for its room, and a notification for those who
//! wait for jobs.
//!
//! The workers wait for jobs one at a time: `turn` lets one of them wait, take a job and call `work`, and then the next.
//! That keeps the calls in order, and the notification has a single listener, so that none can be lost or go to
//! the wrong one. No lock of the queue is held while foreign code runs.

use std::any::Any;
use std::collections::VecDeque;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::FutureExt;
use tokio::select;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, Mutex};

pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

pub struct WorkerPool<J> {
    buffer: Arc<Buffer<J>>,
    workers: TaskTracker,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Rejected<J>(pub J);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
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
        let capacity = 2 * workers.get();
        let (results, receiver) = mpsc::channel(capacity);
        let buffer = Arc::new(Buffer {
            queue: Mutex::new(Queue { jobs: VecDeque::new(), closed: false }),
            room: Semaphore::new(capacity),
            arrival: Notify::new(),
            turn: tokio::sync::Mutex::new(()),
            cancel,
        });
        let work = Arc::new(work);
        let tracker = TaskTracker::new();
        for _ in 0..workers.get() {
            tracker.spawn(worker(buffer.clone(), work.clone(), results.clone()));
        }
        (WorkerPool { buffer, workers: tracker }, receiver)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        self.buffer.put(job).await
    }

    pub async fn shutdown(self) {
        self.buffer.close();
        self.workers.close();
        self.workers.wait().await;
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.buffer.close();
    }
}

struct Buffer<J> {
    queue: Mutex<Queue<J>>,
    /// A permit for each job that the queue still has room for.
    room: Semaphore,
    arrival: Notify,
    turn: tokio::sync::Mutex<()>,
    cancel: CancellationToken,
}

struct Queue<J> {
    jobs: VecDeque<J>,
    /// No job comes in any more.
    closed: bool,
}

impl<J> Buffer<J> {
    async fn put(&self, job: J) -> Result<(), Rejected<J>> {
        let place = select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.room.acquire() => place.expect("never closed"),
        };
        {
            let mut queue = self.queue.lock().unwrap();
            // The workers may have cleared the queue since, and nobody would look into it again.
            if queue.closed || self.cancel.is_cancelled() {
                return Err(Rejected(job));
            }
            queue.jobs.push_back(job);
        }
        place.forget(); // `take` gives it back
        self.arrival.notify_one();
        Ok(())
    }

    /// The next job, or `None` if there will be none. For one worker at a time.
    async fn take(&self) -> Option<J> {
        loop {
            {
                let mut queue = self.queue.lock().unwrap();
                if let Some(job) = queue.jobs.pop_front() {
                    self.room.add_permits(1);
                    return Some(job);
                }
                if queue.closed {
                    return None;
                }
            }
            // A job that arrived in between has left its notification behind.
            select! {
                biased;
                () = self.cancel.cancelled() => return None,
                () = self.arrival.notified() => {}
            }
        }
    }

    fn close(&self) {
        self.queue.lock().unwrap().closed = true;
        self.arrival.notify_one();
    }

    fn clear(&self) {
        let left = {
            let mut queue = self.queue.lock().unwrap();
            queue.closed = true;
            mem::take(&mut queue.jobs)
        };
        left.into_iter().for_each(discard);
    }
}

async fn worker<J, R, F, Fut>(
    buffer: Arc<Buffer<J>>,
    work: Arc<F>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    let cancel = &buffer.cancel;
    while let Some(begun) = begin(&buffer, &*work).await {
        let result = match begun {
            Ok(job) => end(job, cancel).await,
            Err(panicked) => Some(Err(panicked)),
        };
        let Some(result) = result else { break };
        deliver(result, &results, cancel).await;
    }
    if cancel.is_cancelled() {
        // Still with `results` in hand, for they must not end before the last job does.
        buffer.clear();
    }
}

async fn begin<J, F, Fut>(buffer: &Buffer<J>, work: F) -> Option<Result<Pin<Box<Fut>>, JobPanicked>>
where
    F: Fn(J) -> Fut,
{
    let _turn = buffer.turn.lock().await;
    let job = buffer.take().await?;
    if buffer.cancel.is_cancelled() {
        discard(job);
        return None;
    }
    Some(catch_unwind(AssertUnwindSafe(|| work(job))).map(Box::pin).map_err(JobPanicked::because))
}

/// Sees a job to its end, or to the cancel.
async fn end<Fut: Future>(
    mut job: Pin<Box<Fut>>,
    cancel: &CancellationToken,
) -> Option<Result<Fut::Output, JobPanicked>> {
    let end = select! {
        biased;
        () = cancel.cancelled() => None,
        end = AssertUnwindSafe(job.as_mut()).catch_unwind() => Some(end),
    };
    discard(job);
    end.map(|end| end.map_err(JobPanicked::because))
}

/// Puts a result where it can be read, unless nobody will or, after a cancel, may never.
async fn deliver<T>(result: T, results: &mpsc::Sender<T>, cancel: &CancellationToken) {
    // First without waiting: a wait takes from tokio's budget, which the job may have used up, and then a job that
    // ends later could overtake this one.
    let Err(TrySendError::Full(result) | TrySendError::Closed(result)) = results.try_send(result)
    else {
        return;
    };
    let place = select! {
        biased;
        place = results.reserve() => place.ok(),
        () = cancel.cancelled() => None,
    };
    match place {
        Some(place) => place.send(result),
        None => discard(result),
    }
}

impl JobPanicked {
    fn because(payload: Box<dyn Any + Send>) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied());
        let message = text.unwrap_or("no message").to_owned();
        discard(payload);
        Self { message }
    }
}

/// A destructor that panics must not take a worker along.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload); // it has a destructor as well
    }
}
