//! A pool of workers that run jobs from one bounded queue.
//!
//! In Go this is a channel of jobs that several goroutines range over, a channel of results,
//! and a `WaitGroup` that tells when to close it. Here, use tokio's channels and tasks. Other
//! primitives, such as `Arc`, `Mutex` and atomics, come from `crate::sync`.

use std::num::NonZeroUsize;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A fixed number of workers that run jobs from a bounded queue.
///
/// The queue holds twice as many jobs as there are workers. A dropped pool accepts no more jobs,
/// but still runs those that it has accepted.
#[derive(Debug)]
pub struct WorkerPool<J> {
    _jobs: std::marker::PhantomData<fn(J)>,
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
        let _ = (cancel, work);
        todo!("start {workers} workers")
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
        let _ = job;
        todo!("wait for room and add the job to the queue")
    }

    /// Accepts no more jobs, and waits until all accepted jobs have run and their results were
    /// sent.
    ///
    /// Dropping the future before it completes has the same effect as dropping the pool.
    pub async fn shutdown(self) {
        todo!("close the queue and wait for the workers")
    }
}
