//! A pool of workers that take jobs from one bounded queue.
//!
//! Go's idiom is a channel of jobs that several goroutines range over, a channel of
//! results, and a `WaitGroup` that tells when to close it. tokio's channels and tasks
//! will do; what threads share beside them comes from `crate::sync`.

use std::num::NonZeroUsize;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Workers that run jobs, as many at once as there are workers.
///
/// The queue holds twice as many jobs as there are workers. Dropping the pool takes no more
/// jobs; those that it has are still worked on.
#[derive(Debug)]
pub struct WorkerPool<J> {
    _jobs: std::marker::PhantomData<fn(J)>,
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
        let _ = (cancel, work);
        todo!("start {workers} workers")
    }

    /// Hands in a job, and waits for room in the queue if it has to.
    ///
    /// Cancel-safe: a call that is dropped before it returns leaves no job in the pool.
    ///
    /// # Errors
    ///
    /// The job, if the pool is cancelled.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let _ = job;
        todo!("wait for room, and queue the job")
    }

    /// Takes no more jobs, and waits until every one that it has is worked on, and its
    /// result sent.
    ///
    /// Dropping the future half-way is as dropping the pool.
    pub async fn shutdown(self) {
        todo!("close the queue, and wait for the workers")
    }
}
