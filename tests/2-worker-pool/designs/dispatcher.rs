//! A dispatcher takes jobs from a bounded channel and spawns one task for each, at most `workers` at a time.
//!
//! It waits for a slot, a semaphore's permit, before it takes a job, so that waiting jobs stay in the channel, which
//! bounds them. The task keeps the slot until its result is sent. A `TaskTracker` counts the dispatcher and the tasks,
//! and `shutdown` waits for it.

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use futures::future::{Either, ready};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, Mutex};

/// Runs each job in a task of its own, at most `workers` at a time.
pub struct WorkerPool<J> {
    queue: mpsc::Sender<J>,
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

/// One result for each accepted job, in the order in which the jobs finish.
pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// A job that the pool did not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let (results, readable) = mpsc::channel(2 * workers.get());
        let open = Arc::new(Mutex::new(true));
        let tasks = TaskTracker::new();
        let dispatcher = Dispatcher {
            jobs,
            open: Arc::clone(&open),
            slots: Arc::new(Semaphore::new(workers.get())),
            cancel: cancel.clone(),
            tasks: tasks.clone(),
            results,
        };
        tasks.spawn(dispatcher.run(work));
        (WorkerPool { queue, open, cancel, tasks }, readable)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.queue.reserve() => place,
        };
        // Locked until the job is sent: the dispatcher may empty the queue at any moment.
        let open = self.open.lock().unwrap();
        match place {
            Ok(place) if *open => {
                place.send(job);
                Ok(())
            }
            _ => Err(Rejected(job)),
        }
    }

    /// Closes the queue, and waits until all jobs in it are finished.
    pub async fn shutdown(self) {
        drop(self.queue);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

struct Dispatcher<J, R> {
    jobs: mpsc::Receiver<J>,
    /// Whether jobs may still be added to the queue.
    open: Arc<Mutex<bool>>,
    /// One permit for each job that may run beside the others.
    slots: Arc<Semaphore>,
    cancel: CancellationToken,
    tasks: TaskTracker,
    results: mpsc::Sender<Result<R, JobPanicked>>,
}

impl<J: Send + 'static, R: Send + 'static> Dispatcher<J, R> {
    async fn run<F, Fut>(mut self, work: F)
    where
        F: Fn(J) -> Fut + 'static,
        Fut: Future<Output = R> + Send + 'static,
    {
        loop {
            let slot = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                slot = Arc::clone(&self.slots).acquire_owned() => slot.expect("never closed"),
            };
            let job = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                job = self.jobs.recv() => job,
            };
            let Some(job) = job else {
                return;
            };
            let running = begin(&work, job);
            let cancel = self.cancel.clone();
            let results = self.results.clone();
            self.tasks.spawn(async move {
                let result = tokio::select! {
                    biased;
                    () = cancel.cancelled() => return,
                    result = running => result,
                };
                tokio::select! {
                    biased;
                    _ = results.send(result) => {}
                    () = cancel.cancelled() => {}
                }
                drop(slot);
            });
        }

        // Cancelled: reject new jobs, and drop the queued ones.
        *self.open.lock().unwrap() = false;
        self.jobs.close();
        while self.jobs.try_recv().is_ok() {}
    }
}

/// Calls `work`, and turns a panic in the call or in the future into an error.
fn begin<J, R, F, Fut>(
    work: &F,
    job: J,
) -> impl Future<Output = Result<R, JobPanicked>> + use<J, R, F, Fut>
where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    match catch_unwind(AssertUnwindSafe(|| work(job))) {
        Ok(running) => Either::Left(
            AssertUnwindSafe(running).catch_unwind().map(|end| end.map_err(JobPanicked::new)),
        ),
        Err(payload) => Either::Right(ready(Err(JobPanicked::new(payload)))),
    }
}

impl JobPanicked {
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| text.to_string())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no panic message".to_string());
        JobPanicked { message }
    }
}
