//! The jobs are dealt out to the workers' own queues, and wait there although another worker is idle.
//! Caught by: `jobs_start_in_the_order_in_which_they_were_accepted`
//!
//! Two workers, three jobs: the third is put behind the first, which runs for long, while the second
//! has ended and its worker is idle.

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::select_all;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, AtomicUsize, Mutex, Ordering};

/// Workers with a queue of two jobs each.
pub struct WorkerPool<J> {
    queues: Vec<mpsc::Sender<J>>,
    next: AtomicUsize,
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
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
        let (results, readable) = mpsc::channel(2 * workers.get());
        let work = Arc::new(work);
        let open = Arc::new(Mutex::new(true));
        let tracker = TaskTracker::new();
        let mut queues = Vec::new();
        for _ in 0..workers.get() {
            let (queue, jobs) = mpsc::channel(2);
            queues.push(queue);
            let (work, results) = (Arc::clone(&work), results.clone());
            tracker.spawn(worker(jobs, Arc::clone(&open), cancel.clone(), work, results));
        }
        let next = AtomicUsize::new(0);
        (WorkerPool { queues, next, open, cancel, workers: tracker }, readable)
    }

    /// Waits for room: in turn, or wherever there is some first.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.queues.len();
        let in_turn = self.queues[first..].iter().chain(&self.queues[..first]);
        let places = in_turn.map(|queue| Box::pin(queue.reserve()));
        let (place, _, _) = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = select_all(places) => place,
        };
        match place {
            Ok(place) if *self.open.lock().unwrap() => place.send(job),
            _ => return Err(Rejected(job)),
        }
        Ok(())
    }

    /// Lets the workers finish what is queued.
    pub async fn shutdown(self) {
        drop(self.queues);
        self.workers.close();
        self.workers.wait().await;
    }
}

async fn worker<J, R, F, Fut>(
    mut jobs: mpsc::Receiver<J>,
    open: Arc<Mutex<bool>>,
    cancel: CancellationToken,
    work: Arc<F>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    loop {
        let job = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            job = jobs.recv() => job,
        };
        let Some(job) = job else {
            return;
        };
        let result = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            result = run(&*work, job) => result,
        };
        tokio::select! {
            biased;
            _ = results.send(result) => {}
            () = cancel.cancelled() => break,
        }
    }
    *open.lock().unwrap() = false;
    jobs.close();
    while jobs.try_recv().is_ok() {}
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
