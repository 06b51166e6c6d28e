//! One task polls all the running jobs and sends their results, and polls none of them while it waits for room.
//! Caught by: `a_running_job_goes_on_while_results_are_full`
//!
//! One result more than there is room for: the jobs that run do not get on until somebody reads.

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

/// One task that runs up to so many jobs at a time.
pub struct WorkerPool<J> {
    queue: mpsc::Sender<J>,
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
    manager: JoinHandle<()>,
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
        let (queue, mut jobs) = mpsc::channel(2 * workers.get());
        let (results, readable) = mpsc::channel(2 * workers.get());
        let open = Arc::new(Mutex::new(true));
        let (door, token) = (Arc::clone(&open), cancel.clone());
        let manager = tokio::spawn(async move {
            // The futures are in here, so all of them are gone when it is.
            let manage = manage(workers.get(), &mut jobs, &work, &results);
            let end = tokio::select! {
                biased;
                () = token.cancelled() => None,
                () = manage => Some(()),
            };
            if end.is_none() {
                *door.lock().unwrap() = false;
                jobs.close();
                while jobs.try_recv().is_ok() {}
            }
        });
        (WorkerPool { queue, open, cancel, manager }, readable)
    }

    /// Waits for room in the queue.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.queue.reserve() => place,
        };
        match place {
            Ok(place) if *self.open.lock().unwrap() => place.send(job),
            _ => return Err(Rejected(job)),
        }
        Ok(())
    }

    /// Lets the manager finish what is queued.
    pub async fn shutdown(self) {
        drop(self.queue);
        let _ = self.manager.await;
    }
}

async fn manage<J, R, F, Fut>(
    workers: usize,
    jobs: &mut mpsc::Receiver<J>,
    work: &F,
    results: &mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    let mut running = FuturesUnordered::new();
    let mut more = true;
    while more || !running.is_empty() {
        tokio::select! {
            Some(result) = running.next() => {
                let _ = results.send(result).await;
            }
            job = jobs.recv(), if more && running.len() < workers => match job {
                Some(job) => running.push(run(work, job)),
                None => more = false,
            },
        }
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
