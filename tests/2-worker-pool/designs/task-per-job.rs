//! A task for each job, and a semaphore that limits how many run: a worker is only a permit, which the task of a job
//! holds until its result is sent.
//!
//! Another task, the spawner, waits for a permit and then for a job, so that waiting jobs stay in the channel, which
//! bounds them. It calls `work` itself, in the channel's order. Two trackers tell it when the last job has ended, and
//! when no `submit` is about to send a job.

use std::any::Any;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::FutureExt;
use tokio::select;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::Arc;

pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

pub struct WorkerPool<J> {
    queue: mpsc::Sender<J>,
    /// The `submit` calls that have checked `cancel` for the last time and are about to send.
    sending: TaskTracker,
    cancel: CancellationToken,
    spawner: JoinHandle<()>,
}

/// A job that the pool did not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

/// A job that panicked, with the panic message.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let sending = TaskTracker::new();
        let spawner = Spawner {
            jobs,
            work,
            idle: Arc::new(Semaphore::new(workers.get())),
            tasks: TaskTracker::new(),
            sending: sending.clone(),
            runner: Runner { results, cancel: cancel.clone() },
        };
        let spawner = tokio::spawn(spawner.run());
        (Self { queue, sending, cancel, spawner }, to_read)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = select! {
            biased;
            () = self.cancel.cancelled() => None,
            place = self.queue.reserve() => place.ok(),
        };
        // The tracker's token comes before the check: either this sees the cancel, or the spawner, which looks at the
        // tracker after the cancel, waits for the token.
        let _token = self.sending.token();
        match place {
            Some(place) if !self.cancel.is_cancelled() => {
                place.send(job);
                Ok(())
            }
            _ => Err(Rejected(job)),
        }
    }

    pub async fn shutdown(self) {
        drop(self.queue);
        let _ = self.spawner.await;
    }
}

struct Spawner<J, R, F> {
    jobs: mpsc::Receiver<J>,
    work: F,
    /// One permit for each idle worker.
    idle: Arc<Semaphore>,
    tasks: TaskTracker,
    sending: TaskTracker,
    runner: Runner<R>,
}

impl<J, R, F, Fut> Spawner<J, R, F>
where
    R: Send + 'static,
    F: Fn(J) -> Fut,
    Fut: Future<Output = R> + Send + 'static,
{
    async fn run(mut self) {
        while let Some((worker, job)) = self.next().await {
            let call = AssertUnwindSafe(|| (self.work)(job));
            let begun = catch_unwind(call).map(Box::pin).map_err(JobPanicked::new);
            self.tasks.spawn(self.runner.clone().run(begun, worker));
        }
        if self.runner.cancel.is_cancelled() {
            self.sending.close();
            self.sending.wait().await;
            while let Ok(job) = self.jobs.try_recv() {
                discard(job);
            }
        }
        // The sender in `self.runner` keeps the results open until here.
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Waits for an idle worker, and then for a job.
    async fn next(&mut self) -> Option<(OwnedSemaphorePermit, J)> {
        let pair = async {
            let worker = self.idle.clone().acquire_owned().await.ok()?;
            Some((worker, self.jobs.recv().await?))
        };
        let (worker, job) = select! {
            biased;
            () = self.runner.cancel.cancelled() => return None,
            pair = pair => pair?,
        };
        if self.runner.cancel.is_cancelled() {
            discard(job);
            return None;
        }
        Some((worker, job))
    }
}

/// Runs a job that was started, and sends its result.
struct Runner<R> {
    results: mpsc::Sender<Result<R, JobPanicked>>,
    cancel: CancellationToken,
}

impl<R> Clone for Runner<R> {
    fn clone(&self) -> Self {
        Self { results: self.results.clone(), cancel: self.cancel.clone() }
    }
}

impl<R> Runner<R> {
    /// Keeps `_worker` until it returns.
    async fn run<Fut>(
        self,
        begun: Result<Pin<Box<Fut>>, JobPanicked>,
        _worker: OwnedSemaphorePermit,
    ) where
        Fut: Future<Output = R>,
    {
        let result = match begun {
            Ok(job) => self.finish(job).await,
            Err(panicked) => Some(Err(panicked)),
        };
        if let Some(result) = result {
            self.deliver(result).await;
        }
    }

    async fn finish<Fut>(&self, mut job: Pin<Box<Fut>>) -> Option<Result<R, JobPanicked>>
    where
        Fut: Future<Output = R>,
    {
        let end = select! {
            biased;
            () = self.cancel.cancelled() => None,
            end = AssertUnwindSafe(job.as_mut()).catch_unwind() => Some(end),
        };
        discard(job);
        Some(end?.map_err(JobPanicked::new))
    }

    async fn deliver(&self, result: Result<R, JobPanicked>) {
        let place = match self.results.try_reserve() {
            Ok(place) => Ok(place),
            // Not `reserve` alone: it yields even if there is room when the job has used up the task's cooperative
            // budget, which would let a later result overtake this one.
            Err(TrySendError::Full(())) => select! {
                biased;
                place = self.results.reserve() => place.map_err(drop),
                () = self.cancel.cancelled() => Err(()),
            },
            Err(TrySendError::Closed(())) => Err(()),
        };
        match place {
            Ok(place) => place.send(result),
            Err(()) => discard(result),
        }
    }
}

impl JobPanicked {
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<&str>() {
            Ok(text) => text.to_string(),
            Err(payload) => payload.downcast::<String>().map_or_else(
                |payload| {
                    discard(payload);
                    String::from("no panic message")
                },
                |text| *text,
            ),
        };
        Self { message }
    }
}

/// Drops a value of the caller's. Its destructor may panic, which must not end the task.
fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload); // its destructor may panic, too
    }
}
