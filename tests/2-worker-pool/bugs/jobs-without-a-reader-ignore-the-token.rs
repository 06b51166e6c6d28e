//! When the results are gone a job is simply awaited, without the token.
//! Caught by: `a_cancel_reaches_jobs_of_a_dropped_pool_under_many_schedules`
//!
//! The results are dropped, then a job is begun, then the cancel: the job lives on.

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

/// What the workers share.
struct Shared<J, F> {
    queue: tokio::sync::Mutex<mpsc::Receiver<J>>,
    /// Whether a job may still be put into the queue.
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

    /// Waits for room in the queue.
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

    /// Lets the workers finish what is queued.
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
        // It begins while nobody else can take the next one: so they begin in order.
        let begun = futures::poll!(running.as_mut());
        drop(queue);
        let result = match begun {
            Poll::Ready(result) => result,
            // Nobody waits for its result, so there is no hurry.
            Poll::Pending if results.is_closed() => running.await,
            Poll::Pending => tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                result = running => result,
            },
        };
        // Without a reader the result is of no use, but the job is done all the same.
        tokio::select! {
            biased;
            _ = results.send(result) => {}
            () = cancel.cancelled() => break,
        }
    }

    // Cancelled: what is still queued is dropped, and nothing is added any more.
    *shared.open.lock().unwrap() = false;
    let mut queue = shared.queue.lock().await;
    queue.close();
    while queue.try_recv().is_ok() {}
}

/// Does the job, and turns a panic into an error.
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
            Err(_) => "a panic without a text".to_owned(),
        },
    }
}
