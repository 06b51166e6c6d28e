//! Workers share the receiver of a bounded channel behind an async lock, which is also the line in which idle workers
//! wait.
//!
//! The worker that holds the lock waits for a job and releases the lock after the call of `work`, so jobs start in the
//! order in which they were accepted. Every worker has a sender of results; they end with the last worker. A cancelled
//! worker does not end before the channel is empty and no `submit` can add to it.

use std::any::Any;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::FutureExt;
use tokio::select;
use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, RwLock};

/// One result for each accepted job, in the order in which the jobs finish.
pub type Results<R> = Receiver<Result<R, JobPanicked>>;

/// A fixed number of workers that run jobs from one queue.
pub struct WorkerPool<J> {
    queue: Sender<J>,
    entrance: Arc<Entrance>,
    workers: Vec<JoinHandle<()>>,
}

/// A job that the pool did not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

/// A job that panicked, with the panic message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPanicked {
    pub message: String,
}

impl<J: Send + 'static> WorkerPool<J> {
    /// Starts the workers, which run until the pool is dropped, shut down or cancelled.
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
        let jobs = Arc::new(tokio::sync::Mutex::new(jobs));
        let work = Arc::new(work);
        let entrance = Arc::new(Entrance { cancel, lock: RwLock::new(()) });
        let start_one = |_| {
            let (jobs, work, entrance) = (jobs.clone(), work.clone(), entrance.clone());
            let worker = Worker { jobs, work, results: results.clone(), entrance };
            tokio::spawn(worker.run())
        };
        let workers = (0..workers.get()).map(start_one).collect();
        (Self { queue, entrance, workers }, to_read)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = select! {
            biased;
            () = self.entrance.cancel.cancelled() => return Err(Rejected(job)),
            place = self.queue.reserve() => place,
        };
        match place {
            Ok(place) => self.entrance.pass(job, |job| place.send(job)),
            Err(_closed) => Err(Rejected(job)),
        }
    }

    /// Closes the queue, and waits until the workers have finished all jobs in it.
    pub async fn shutdown(self) {
        drop(self.queue);
        for worker in self.workers {
            let _ = worker.await;
        }
    }
}

/// What a job passes on its way into the queue.
///
/// A permit of the channel is not enough: the job could be sent after the workers emptied the channel and ended.
struct Entrance {
    cancel: CancellationToken,
    lock: RwLock<()>,
}

impl Entrance {
    fn pass<J>(&self, job: J, enqueue: impl FnOnce(J)) -> Result<(), Rejected<J>> {
        let _inside = self.lock.read().unwrap();
        if self.cancel.is_cancelled() {
            return Err(Rejected(job));
        }
        enqueue(job);
        Ok(())
    }

    /// After a cancel: waits for every `submit` that did not see the cancel.
    fn wait_until_empty(&self) {
        drop(self.lock.write().unwrap());
    }
}

struct Worker<J, R, F> {
    jobs: Arc<tokio::sync::Mutex<Receiver<J>>>,
    work: Arc<F>,
    results: Sender<Result<R, JobPanicked>>,
    entrance: Arc<Entrance>,
}

impl<J, R, F, Fut> Worker<J, R, F>
where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    async fn run(self) {
        while let Some(begun) = self.begin().await {
            let result = match begun {
                Ok(job) => self.finish(job).await,
                Err(panicked) => Some(Err(panicked)),
            };
            if let Some(result) = result {
                self.deliver(result).await;
            }
        }
        if self.entrance.cancel.is_cancelled() {
            self.entrance.wait_until_empty();
            let mut jobs = self.jobs.lock().await;
            // Not `recv`, which would wait for a `submit` that has a permit and is not polled.
            while let Ok(job) = jobs.try_recv() {
                discard(job);
            }
        }
    }

    /// Waits for a job and calls `work` with it. Returns `None` if no more jobs are to be run.
    async fn begin(&self) -> Option<Result<Pin<Box<Fut>>, JobPanicked>> {
        let mut jobs = self.jobs.lock().await;
        let job = select! {
            biased;
            () = self.entrance.cancel.cancelled() => return None,
            job = jobs.recv() => job?,
        };
        if self.entrance.cancel.is_cancelled() {
            discard(job);
            return None;
        }
        let call = catch_unwind(AssertUnwindSafe(|| (self.work)(job)));
        Some(call.map(Box::pin).map_err(JobPanicked::new))
    }

    /// Returns `None` if the pool was cancelled.
    async fn finish(&self, mut job: Pin<Box<Fut>>) -> Option<Result<R, JobPanicked>> {
        let end = select! {
            biased;
            () = self.entrance.cancel.cancelled() => None,
            end = AssertUnwindSafe(job.as_mut()).catch_unwind() => Some(end),
        };
        discard(job);
        Some(end?.map_err(JobPanicked::new))
    }

    async fn deliver(&self, result: Result<R, JobPanicked>) {
        // `try_reserve` first: the job may have used up the task's cooperative budget, and then `reserve` yields even
        // if there is room, which would let a later result overtake this one.
        let place = match self.results.try_reserve() {
            Ok(place) => Some(place),
            Err(TrySendError::Closed(())) => None,
            Err(TrySendError::Full(())) => select! {
                biased;
                place = self.results.reserve() => place.ok(),
                () = self.entrance.cancel.cancelled() => None,
            },
        };
        match place {
            Some(place) => place.send(result),
            None => discard(result),
        }
    }
}

impl JobPanicked {
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => {
                let text = payload.downcast_ref::<&str>().copied();
                let message = text.unwrap_or("no panic message").to_owned();
                discard(payload);
                message
            }
        };
        Self { message }
    }
}

/// Drops a value of the caller's. Its destructor may panic, which must not end the worker.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload); // its destructor may panic, too
    }
}
