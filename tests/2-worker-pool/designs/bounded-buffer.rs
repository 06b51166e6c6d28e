//! Dijkstra's bounded buffer, with one semaphore for free places and one for jobs; closing adds one
//! permit without a job for each worker, and shutdown collects a permit from each worker that
//! ended.

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct WorkerPool<J> {
    buffer: Arc<Buffer<J>>,
    cancel: CancellationToken,
}

pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected<J>(pub J);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPanicked {
    pub message: String,
}

impl JobPanicked {
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast_ref::<&str>() {
                Some(text) => (*text).to_owned(),
                None => "the job panicked".to_owned(),
            },
        };
        Self { message }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Buffer<J> {
    workers: usize,
    jobs: Mutex<Jobs<J>>,
    turn: Mutex<()>,
    places: Semaphore,
    /// A permit for each job, and at the end one for each worker.
    items: Semaphore,
    ended: Semaphore,
}

#[derive(Debug)]
struct Jobs<J> {
    list: VecDeque<J>,
    closed: bool,
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
        let (results, receiver) = mpsc::channel(2 * workers);
        let buffer = Arc::new(Buffer {
            workers,
            jobs: Mutex::new(Jobs { list: VecDeque::new(), closed: false }),
            turn: Mutex::new(()),
            places: Semaphore::new(2 * workers),
            items: Semaphore::new(0),
            ended: Semaphore::new(0),
        });
        let work = Arc::new(work);
        for _ in 0..workers {
            tokio::spawn(worker(buffer.clone(), cancel.clone(), work.clone(), results.clone()));
        }
        (Self { buffer, cancel }, receiver)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.buffer.places.acquire() => place,
        };
        let Ok(place) = place else { return Err(Rejected(job)) };
        let mut jobs = lock(&self.buffer.jobs);
        if jobs.closed {
            return Err(Rejected(job));
        }
        jobs.list.push_back(job);
        drop(jobs);
        place.forget();
        self.buffer.items.add_permits(1);
        Ok(())
    }

    pub async fn shutdown(self) {
        let buffer = self.buffer.clone();
        drop(self);
        for _ in 0..buffer.workers {
            if let Ok(ended) = buffer.ended.acquire().await {
                ended.forget();
            }
        }
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.buffer.close();
    }
}

async fn worker<J, R, F, Fut>(
    buffer: Arc<Buffer<J>>,
    cancel: CancellationToken,
    work: Arc<F>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    {
        let jobs = async {
            while let Some(started) = buffer.start_next(&cancel, &*work).await {
                let result = match started {
                    Ok(job) => AssertUnwindSafe(job).catch_unwind().await,
                    Err(panic) => Err(panic),
                };
                let _ = results.send(result.map_err(JobPanicked::new)).await;
            }
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = jobs => {}
        }
    }
    if cancel.is_cancelled() {
        buffer.close();
        let jobs = std::mem::take(&mut lock(&buffer.jobs).list);
        drop(jobs);
    }
    drop(results);
    buffer.ended.add_permits(1);
}

impl<J> Buffer<J> {
    async fn start_next<Fut>(
        &self,
        cancel: &CancellationToken,
        work: &impl Fn(J) -> Fut,
    ) -> Option<Result<Fut, Box<dyn Any + Send>>> {
        self.items.acquire().await.ok()?.forget();
        if cancel.is_cancelled() {
            return None;
        }
        let _turn = lock(&self.turn);
        let job = lock(&self.jobs).list.pop_front()?;
        self.places.add_permits(1);
        Some(catch_unwind(AssertUnwindSafe(|| work(job))))
    }

    fn close(&self) {
        let was_closed = std::mem::replace(&mut lock(&self.jobs).closed, true);
        if !was_closed {
            self.items.add_permits(self.workers);
        }
    }
}
