//! The bounded buffer of the textbooks: a list under a lock, a semaphore for its room, and a `Notify` for new jobs.
//!
//! An async lock, `turn`, lets one worker at a time wait for a job, take it and call `work`. So the calls are in order,
//! and the notification has only one listener, so that none can be lost. No lock of the list is held while the caller's
//! code runs.

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
    /// One permit for each free place in the queue.
    room: Semaphore,
    arrival: Notify,
    turn: tokio::sync::Mutex<()>,
    cancel: CancellationToken,
}

struct Queue<J> {
    jobs: VecDeque<J>,
    /// No more jobs are accepted.
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
            // After a cancel the workers clear the queue under this lock; a job added later would stay there.
            if queue.closed || self.cancel.is_cancelled() {
                return Err(Rejected(job));
            }
            queue.jobs.push_back(job);
        }
        place.forget(); // `take` gives it back
        self.arrival.notify_one();
        Ok(())
    }

    /// Waits for the next job. Returns `None` if none will come. Called by one worker at a time.
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
            // The notification of a job that arrived in between is stored.
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
        // Before `results` is dropped: they must not end while a job exists.
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

/// Runs a job until it finishes or the pool is cancelled.
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

/// Sends a result, unless the results were dropped or the pool is cancelled.
async fn deliver<T>(result: T, results: &mpsc::Sender<T>, cancel: &CancellationToken) {
    // `try_send` first: the job may have used up the task's cooperative budget, and then `reserve` yields even if there
    // is room, which would let a later result overtake this one.
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

/// Drops a value of the caller's. Its destructor may panic, which must not end the worker.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload); // its destructor may panic, too
    }
}
