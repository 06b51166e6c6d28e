//! The pool is `Sync` only if its jobs are: its queue is typed away, and a `PhantomData<J>` stands for them.
//! Caught by: `the_pool_can_be_shared_and_its_futures_sent`
//!
//! Jobs that are `Send` but not `Sync` (with a `Cell` inside): does not compile where the pool is
//! shared.

use std::any::Any;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

use futures::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, Mutex};

/// A fixed number of workers that take jobs from one queue.
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
    jobs: PhantomData<J>,
    workers: TaskTracker,
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

struct Queue<J> {
    jobs: Mutex<VecDeque<J>>,
    /// A permit for each free place.
    room: Semaphore,
    /// A permit for each job in the queue, and one for each worker once the pool is gone.
    ready: Semaphore,
    /// Whoever takes a job holds this until it has begun.
    turn: tokio::sync::Mutex<()>,
    workers: usize,
    cancel: CancellationToken,
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
        let workers = workers.get();
        let queue = Arc::new(Queue {
            jobs: Mutex::new(VecDeque::with_capacity(2 * workers)),
            room: Semaphore::new(2 * workers),
            ready: Semaphore::new(0),
            turn: tokio::sync::Mutex::new(()),
            workers,
            cancel,
        });
        let (results, readable) = mpsc::channel(2 * workers);
        let work = Arc::new(work);
        let tracker = TaskTracker::new();
        for _ in 0..workers {
            tracker.spawn(Arc::clone(&queue).work_off(Arc::clone(&work), results.clone()));
        }
        (WorkerPool { queue, jobs: PhantomData, workers: tracker }, readable)
    }

    /// Waits for room in the queue.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let queue = &*self.queue;
        let place = tokio::select! {
            biased;
            () = queue.cancel.cancelled() => return Err(Rejected(job)),
            place = queue.room.acquire() => place,
        };
        let mut jobs = queue.jobs.lock().unwrap();
        match place {
            // Looked at under the lock: after a cancel the queue is cleared under it.
            Ok(place) if !queue.cancel.is_cancelled() => {
                jobs.push_back(job);
                place.forget();
            }
            _ => return Err(Rejected(job)),
        }
        drop(jobs);
        queue.ready.add_permits(1);
        Ok(())
    }

    /// Lets the workers finish what is queued.
    pub async fn shutdown(self) {
        let workers = self.workers.clone();
        drop(self);
        workers.close();
        workers.wait().await;
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        // Each worker that finds no job for its permit goes home.
        self.queue.ready.add_permits(self.queue.workers);
    }
}

impl<J> Queue<J> {
    async fn work_off<R, F, Fut>(
        self: Arc<Self>,
        work: Arc<F>,
        results: mpsc::Sender<Result<R, JobPanicked>>,
    ) where
        F: Fn(J) -> Fut,
        Fut: Future<Output = R>,
    {
        loop {
            let turn = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                turn = self.turn.lock() => turn,
            };
            let job = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                job = self.next() => job,
            };
            let Some(job) = job else {
                return;
            };
            let mut running = pin!(run(&*work, job));
            let begun = futures::poll!(running.as_mut());
            drop(turn);
            let result = match begun {
                Poll::Ready(result) => result,
                Poll::Pending => tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => break,
                    result = running => result,
                },
            };
            tokio::select! {
                biased;
                _ = results.send(result) => {}
                () = self.cancel.cancelled() => break,
            }
        }
        let queued = mem::take(&mut *self.jobs.lock().unwrap());
        drop(queued);
    }

    async fn next(&self) -> Option<J> {
        self.ready.acquire().await.expect("it is never closed").forget();
        let job = self.jobs.lock().unwrap().pop_front()?;
        self.room.add_permits(1);
        Some(job)
    }
}

/// Does the job, and turns a panic into an error.
async fn run<J, R, F, Fut>(work: &F, job: J) -> Result<R, JobPanicked>
where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    let end = AssertUnwindSafe(async move { work(job).await }).catch_unwind().await;
    end.map_err(|payload: Box<dyn Any + Send>| JobPanicked {
        message: match payload.downcast_ref::<&str>() {
            Some(text) => text.to_string(),
            None => payload.downcast_ref::<String>().cloned().unwrap_or_default(),
        },
    })
}
