//! A pool of workers that run jobs from one bounded queue.
//!
//! The queue is a list under a lock, and a semaphore with one permit for each free place. Whether
//! a job is accepted is decided under that lock, so no job can enter a queue that was closed.
//! Workers take turns: the one that has the turn takes the next job and calls `work` with it, so
//! jobs start in order. Then it passes the turn on, and awaits the job.

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use futures::FutureExt;
use tokio::sync::{Mutex as Turn, Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A fixed number of workers that run jobs from a bounded queue.
///
/// The queue holds twice as many jobs as there are workers. A dropped pool accepts no more jobs,
/// but still runs those that it has accepted.
#[derive(Debug)]
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
    workers: TaskTracker,
    cancel: CancellationToken,
}

/// The results of the jobs, in the order in which the jobs finish.
///
/// The channel holds twice as many results as there are workers. It ends when no more can come.
pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// A job that the pool did not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

/// A job that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPanicked {
    /// The panic message if the payload is a `&str` or a `String`, and any text otherwise.
    pub message: String,
}

impl<J: Send + 'static> WorkerPool<J> {
    /// Starts the workers. Each takes one job at a time, in the order in which the jobs were
    /// accepted, and runs the future of `work(job)`.
    ///
    /// When `cancel` is cancelled, queued jobs are dropped, and running jobs are dropped at their
    /// next await. After that, the results end.
    ///
    /// # Panics
    ///
    /// Panics if it is called outside of a tokio runtime.
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
        let room = 2 * workers.get();
        let queue = Arc::new(Queue::new(room));
        let (results, receiver) = mpsc::channel(room);
        let work = Arc::new(work);
        let tracker = TaskTracker::new();
        for _ in 0..workers.get() {
            let (queue, work, results) = (queue.clone(), work.clone(), results.clone());
            let cancel = cancel.clone();
            tracker.spawn(async move {
                // At a cancel, the running job is dropped at the end of this block, before `results`.
                let mut jobs = pin!(run_jobs(&queue, &*work, &results, &cancel));
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => {}
                    () = &mut jobs => {}
                }
                if cancel.is_cancelled() {
                    queue.close_and_clear();
                }
            });
        }
        tracker.close();
        (Self { queue, workers: tracker, cancel }, receiver)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    ///
    /// This method is cancel safe: if the future is dropped before it completes, the job is not
    /// in the pool.
    ///
    /// # Errors
    ///
    /// Returns the job if the pool is cancelled.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            place = self.queue.room.acquire() => place.ok(),
        };
        match place {
            Some(place) => {
                self.queue.push(job)?;
                // Given back when a worker takes the job.
                place.forget();
                Ok(())
            }
            None => Err(Rejected(job)),
        }
    }

    /// Accepts no more jobs, and waits until all accepted jobs have run and their results were
    /// sent.
    ///
    /// Dropping the future before it completes has the same effect as dropping the pool.
    pub async fn shutdown(self) {
        let workers = self.workers.clone();
        drop(self);
        workers.wait().await;
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Runs one job after the other, until the queue is empty and closed, or the pool is cancelled.
///
/// The token is checked between two jobs. A cancel in the middle of a job is up to the caller.
async fn run_jobs<J, R, Fut>(
    queue: &Queue<J>,
    work: &impl Fn(J) -> Fut,
    results: &mpsc::Sender<Result<R, JobPanicked>>,
    cancel: &CancellationToken,
) where
    Fut: Future<Output = R>,
{
    while !cancel.is_cancelled() {
        let started = {
            let _turn = queue.turn.lock().await;
            let Some(job) = queue.pop().await else { return };
            catch_unwind(AssertUnwindSafe(|| work(job)))
        };
        let result = match started {
            Ok(job) => AssertUnwindSafe(job).catch_unwind().await,
            Err(panic) => Err(panic),
        };
        // An error means that the results were dropped. The remaining jobs are still run.
        let _ = results.send(result.map_err(JobPanicked::new)).await;
    }
}

impl JobPanicked {
    fn new(panic: Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self { message: text.unwrap_or("(no panic message)").to_owned() }
    }
}

/// A bounded queue. Anyone may push; only the worker that has the turn pops.
#[derive(Debug)]
struct Queue<J> {
    state: Mutex<State<J>>,
    /// One permit for each free place.
    room: Semaphore,
    turn: Turn<()>,
    /// Notified when a job was added or the queue was closed.
    changed: Notify,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<J>,
    closed: bool,
}

impl<J> Queue<J> {
    fn new(room: usize) -> Self {
        Self {
            state: Mutex::new(State { jobs: VecDeque::new(), closed: false }),
            room: Semaphore::new(room),
            turn: Turn::new(()),
            changed: Notify::new(),
        }
    }

    /// Adds a job. The caller has a permit for its place.
    fn push(&self, job: J) -> Result<(), Rejected<J>> {
        let mut state = self.lock();
        if state.closed {
            return Err(Rejected(job));
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the next job. Returns `None` if the queue is empty and closed. Cancel safe.
    async fn pop(&self) -> Option<J> {
        loop {
            let (job, closed) = {
                let mut state = self.lock();
                (state.jobs.pop_front(), state.closed)
            };
            if job.is_some() {
                self.room.add_permits(1);
            }
            if job.is_some() || closed {
                return job;
            }
            // A notification that came since is stored, because nobody else waits for one.
            self.changed.notified().await;
        }
    }

    /// Accepts no more jobs.
    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Accepts no more jobs, and drops the queued ones.
    fn close_and_clear(&self) {
        self.close();
        // Dropped without the lock: the destructor of a job is the caller's code.
        let jobs = mem::take(&mut self.lock().jobs);
        drop(jobs);
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // No code that can panic runs under the lock, so the state is valid even if it is poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
