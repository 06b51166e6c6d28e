//! `submit` spawns a task that waits for room, and awaits that.
//! Caught by: `a_dropped_submit_leaves_no_job`
//!
//! The queue is full; a `submit` is polled and dropped: its task waits on, and the job is worked on
//! when there is room.

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use futures::future::{Either, ready};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, Mutex};

/// At most so many jobs at a time, each in a task of its own.
pub struct WorkerPool<J> {
    queue: mpsc::Sender<J>,
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

/// One result per job, in the order in which the jobs end.
pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// The pool does not take the job: here it is again.
#[derive(Debug)]
pub struct Rejected<J>(pub J);

/// The job panicked.
#[derive(Debug)]
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

    /// Waits for room in the queue.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let queue = self.queue.clone();
        let open = Arc::clone(&self.open);
        let cancel = self.cancel.clone();
        let sent = tokio::spawn(async move {
            let place = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Rejected(job)),
                place = queue.reserve() => place,
            };
            match place {
                Ok(place) if *open.lock().unwrap() => place.send(job),
                _ => return Err(Rejected(job)),
            }
            Ok(())
        });
        sent.await.expect("it does not panic")
    }

    /// Lets the tasks finish what is queued.
    pub async fn shutdown(self) {
        drop(self.queue);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

struct Dispatcher<J, R> {
    jobs: mpsc::Receiver<J>,
    /// Whether a job may still be put into the queue.
    open: Arc<Mutex<bool>>,
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
                slot = Arc::clone(&self.slots).acquire_owned() => slot.expect("it is never closed"),
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

        // Cancelled: what is still queued is dropped, and nothing is added any more.
        *self.open.lock().unwrap() = false;
        self.jobs.close();
        while self.jobs.try_recv().is_ok() {}
    }
}

/// Calls `work`; a panic, here or later, becomes an error.
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
            .unwrap_or_else(|| "a panic without a text".to_string());
        JobPanicked { message }
    }
}
