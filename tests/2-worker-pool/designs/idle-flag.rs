//! A queue under a lock, and a `Notify` that is used only if somebody waits. The worker that waits for a job raises a
//! flag and looks for news once more; who brings news looks at the flag. All of these are `SeqCst`: with a weaker
//! order, both could see the old value.

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

use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Workers that run jobs, as many at once as there are workers.
///
/// The queue holds twice as many jobs as there are workers. Dropping the pool takes no more
/// jobs; those that it has are still worked on.
#[derive(Debug)]
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
    workers: TaskTracker,
    cancel: CancellationToken,
}

/// What came of the jobs, in the order in which they ended; twice as many as there are
/// workers wait to be read. It ends when no more can come.
pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

/// A job that the pool would not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

/// A job that panicked, and with which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPanicked {
    pub message: String,
}

impl<J: Send + 'static> WorkerPool<J> {
    /// Starts the workers, each of which calls `work` with a job when the job's turn has come,
    /// until the pool is shut down, or cancelled.
    ///
    /// Once `cancel` is cancelled, queued jobs are dropped, running ones at their next await,
    /// and then the results end.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
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
                // A job that is cut off is dropped at the end, but before `results` is.
                let mut jobs = pin!(work_through(&queue, &*work, &results, &cancel));
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

    /// Hands in a job, and waits for room in the queue if it has to.
    ///
    /// Cancel-safe: a call that is dropped before it returns leaves no job in the pool.
    ///
    /// # Errors
    ///
    /// The job, if the pool is cancelled.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            place = self.queue.room.acquire() => place.ok(),
        };
        match place {
            Some(place) => {
                self.queue.push(job)?;
                // It comes back when a worker takes the job.
                place.forget();
                Ok(())
            }
            None => Err(Rejected(job)),
        }
    }

    /// Takes no more jobs, and waits until every one that it has is worked on, and its
    /// result sent.
    ///
    /// Dropping the future half-way is as dropping the pool.
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

/// What a worker does: a job, and the next, until there are none and will be none, or until
/// it sees between two jobs that it is cancelled.
async fn work_through<J, R, Fut>(
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
        // If nobody reads results any more, there is still work to do.
        let _ = results.send(result.map_err(JobPanicked::new)).await;
    }
}

impl JobPanicked {
    fn new(panic: Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self { message: text.unwrap_or("(a panic without words)").to_owned() }
    }
}

/// A bounded queue: many push, and who has the turn pops.
#[derive(Debug)]
struct Queue<J> {
    state: Mutex<State<J>>,
    /// A permit for each free place.
    room: Semaphore,
    turn: Turn<()>,
    /// Tells who has the turn to look again.
    changed: Notify,
    /// Somebody waits for `changed`, or is about to: if not, there is no need to notify.
    idle: AtomicBool,
    /// Whether there is anything to see in `state`.
    news: AtomicBool,
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
            idle: AtomicBool::new(false),
            news: AtomicBool::new(false),
        }
    }

    /// Appends a job, for which the caller has a place.
    fn push(&self, job: J) -> Result<(), Rejected<J>> {
        let mut state = self.lock();
        if state.closed {
            return Err(Rejected(job));
        }
        state.jobs.push_back(job);
        self.news.store(true, SeqCst);
        drop(state);
        self.notify_if_idle();
        Ok(())
    }

    /// Waits for the next job; `None` once the queue is empty and closed. Cancel-safe.
    async fn pop(&self) -> Option<J> {
        loop {
            let (job, closed) = {
                let mut state = self.lock();
                let job = state.jobs.pop_front();
                self.news.store(!state.jobs.is_empty() || state.closed, SeqCst);
                (job, state.closed)
            };
            if job.is_some() {
                self.room.add_permits(1);
            }
            if job.is_some() || closed {
                return job;
            }
            self.idle.store(true, SeqCst);
            // Something may have come before the flag was raised.
            if !self.news.load(SeqCst) {
                self.changed.notified().await;
            }
            self.idle.store(false, SeqCst);
        }
    }

    /// Accepts no more jobs.
    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.news.store(true, SeqCst);
        drop(state);
        self.notify_if_idle();
    }

    /// Accepts no more jobs, and drops those that it has.
    fn close_and_clear(&self) {
        self.close();
        // A job's destructor is not ours: it runs without the lock.
        let jobs = mem::take(&mut self.lock().jobs);
        drop(jobs);
    }

    fn notify_if_idle(&self) {
        if self.idle.load(SeqCst) {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // Nothing panics under the lock, so its state is sound in any case.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
