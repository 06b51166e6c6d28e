//! Workers share the receiver of a bounded channel behind an async lock.
//!
//! A flag under a second lock says whether jobs are still accepted. `submit` reads the flag and sends while it holds
//! that lock; a cancelled worker clears the flag first and empties the channel afterwards. A job is therefore either
//! rejected or in the channel before it is emptied.

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

/// A fixed number of workers that take jobs from one queue.
pub struct WorkerPool<J> {
    queue: mpsc::Sender<J>,
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
    workers: Vec<JoinHandle<()>>,
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

/// What the workers share.
struct Shared<J, F> {
    queue: tokio::sync::Mutex<mpsc::Receiver<J>>,
    /// Whether jobs may still be added to the queue.
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
    work: F,
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
        let shared = Arc::new(Shared {
            queue: tokio::sync::Mutex::new(jobs),
            open: Arc::clone(&open),
            cancel: cancel.clone(),
            work,
        });
        let workers = (0..workers.get())
            .map(|_| tokio::spawn(worker(Arc::clone(&shared), results.clone())))
            .collect();
        (WorkerPool { queue, open, cancel, workers }, readable)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.queue.reserve() => place,
        };
        let Ok(place) = place else {
            return Err(Rejected(job));
        };
        let open = self.open.lock().unwrap();
        if !*open {
            return Err(Rejected(job));
        }
        place.send(job);
        Ok(())
    }

    /// Closes the queue, and waits until the workers have finished all jobs in it.
    pub async fn shutdown(self) {
        drop(self.queue);
        for worker in self.workers {
            let _ = worker.await;
        }
    }
}

async fn worker<J, R, F, Fut>(
    shared: Arc<Shared<J, F>>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    let cancel = &shared.cancel;
    loop {
        let mut queue = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            queue = shared.queue.lock() => queue,
        };
        let job = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            job = queue.recv() => job,
        };
        let Some(job) = job else {
            return;
        };
        let mut running = pin!(run(&shared.work, job));
        // Polled once under the lock, so that jobs start in queue order.
        let begun = futures::poll!(running.as_mut());
        drop(queue);
        let result = match begun {
            Poll::Ready(result) => result,
            Poll::Pending => tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                result = running => result,
            },
        };
        // An error means that nobody reads the results; the other jobs are still run.
        tokio::select! {
            biased;
            _ = results.send(result) => {}
            () = cancel.cancelled() => break,
        }
    }

    // Cancelled: reject new jobs, and drop the queued ones.
    *shared.open.lock().unwrap() = false;
    let mut queue = shared.queue.lock().await;
    queue.close();
    while queue.try_recv().is_ok() {}
}

/// Runs a job, and turns a panic into an error.
async fn run<J, R, F, Fut>(work: &F, job: J) -> Result<R, JobPanicked>
where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    AssertUnwindSafe(async move { work(job).await })
        .catch_unwind()
        .await
        .map_err(|payload| JobPanicked { message: message(payload) })
}

fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(_) => "no panic message".to_owned(),
        },
    }
}
