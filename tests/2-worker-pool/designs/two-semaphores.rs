//! The bounded buffer of the textbooks: a list under a lock, a semaphore that counts free places, and one that counts
//! jobs.
//!
//! Closing adds a permit for each worker to the semaphore of jobs: a worker that gets a permit and finds no job knows
//! that none will come.

use std::any::Any;
use std::collections::VecDeque;
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
    workers: TaskTracker,
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

struct Queue<J> {
    jobs: Mutex<VecDeque<J>>,
    /// One permit for each free place in the queue.
    room: Semaphore,
    /// One permit for each queued job and, once no more jobs can come, one for each worker.
    ready: Semaphore,
    /// Held from taking a job until it has started, so that jobs start in queue order.
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
        (WorkerPool { queue, workers: tracker }, readable)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let queue = &*self.queue;
        let place = tokio::select! {
            biased;
            () = queue.cancel.cancelled() => return Err(Rejected(job)),
            place = queue.room.acquire() => place,
        };
        let mut jobs = queue.jobs.lock().unwrap();
        match place {
            // Checked under the lock: after a cancel the workers clear the queue under this lock, and
            // a job added later would stay there.
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

    /// Closes the queue, and waits until the workers have finished all jobs in it.
    pub async fn shutdown(self) {
        let workers = self.workers.clone();
        drop(self);
        workers.close();
        workers.wait().await;
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        // A worker that gets a permit and finds no job for it ends.
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
        self.ready.acquire().await.expect("never closed").forget();
        let job = self.jobs.lock().unwrap().pop_front()?;
        self.room.add_permits(1);
        Some(job)
    }
}

/// Runs a job, and turns a panic into an error.
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
