//! Workers are spawned by `submit` when there is work, up to the limit, and end when the queue is empty.
//!
//! How many there are is kept under the lock of the queue. So a worker that finds the queue empty leaves the count in
//! the same step, and a `submit` after that spawns a new one. One more task, the keeper, holds a sender of results
//! while no worker does, and clears the queue after a cancel.

use std::any::Any;
use std::collections::VecDeque;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

use futures::FutureExt;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

/// Workers that are spawned when there is work for them.
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
    spawn_worker: Box<dyn Fn() + Send + Sync>,
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
    state: Mutex<State<J>>,
    workers: usize,
    cancel: CancellationToken,
    /// Cancelled when the pool is dropped or shut down.
    closed: CancellationToken,
    /// Notified when a job was taken out of the queue.
    room: Notify,
    /// Notified when a worker has ended.
    fewer: Notify,
    /// Held from taking a job until it has started, so that jobs start in queue order.
    turn: tokio::sync::Mutex<()>,
}

struct State<J> {
    jobs: VecDeque<J>,
    /// How many workers there are. While the queue has jobs, at least one.
    at_work: usize,
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
        let queue = Arc::new(Queue {
            state: Mutex::new(State { jobs: VecDeque::new(), at_work: 0 }),
            workers: workers.get(),
            cancel,
            closed: CancellationToken::new(),
            room: Notify::new(),
            fewer: Notify::new(),
            turn: tokio::sync::Mutex::new(()),
        });
        let (results, readable) = mpsc::channel(2 * workers.get());
        // Cloned for each new worker; the keeper takes it away when no more will be spawned.
        let results = Arc::new(Mutex::new(Some(results)));
        tokio::spawn(keep(Arc::clone(&queue), Arc::clone(&results)));
        let spawn_worker = {
            let (queue, work) = (Arc::clone(&queue), Arc::new(work));
            move || {
                let results = results.lock().unwrap().clone();
                tokio::spawn(worker(Arc::clone(&queue), Arc::clone(&work), results));
            }
        };
        (WorkerPool { queue, spawn_worker: Box::new(spawn_worker) }, readable)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let queue = &*self.queue;
        loop {
            let mut room = pin!(queue.room.notified());
            room.as_mut().enable();
            {
                let mut state = queue.state.lock().unwrap();
                if queue.cancel.is_cancelled() {
                    return Err(Rejected(job));
                }
                if state.jobs.len() < 2 * queue.workers {
                    state.jobs.push_back(job);
                    let more = state.at_work < queue.workers;
                    state.at_work += usize::from(more);
                    drop(state);
                    if more {
                        (self.spawn_worker)();
                    }
                    return Ok(());
                }
            }
            tokio::select! {
                biased;
                () = queue.cancel.cancelled() => return Err(Rejected(job)),
                () = room => {}
            }
        }
    }

    /// Closes the queue, and waits until the last worker has ended.
    pub async fn shutdown(self) {
        let queue = Arc::clone(&self.queue);
        drop(self);
        loop {
            let mut fewer = pin!(queue.fewer.notified());
            fewer.as_mut().enable();
            if queue.state.lock().unwrap().at_work == 0 {
                return;
            }
            fewer.await;
        }
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.queue.closed.cancel();
    }
}

impl<J> Queue<J> {
    /// Takes the next job. If there is none, the calling worker no longer counts, and has to end.
    fn next(&self) -> Option<J> {
        let mut state = self.state.lock().unwrap();
        let job = state.jobs.pop_front();
        match job {
            Some(_) => self.room.notify_one(),
            None => {
                state.at_work -= 1;
                self.fewer.notify_waiters();
            }
        }
        job
    }

    /// Drops the queued jobs. Counts as a worker meanwhile, so that `shutdown` waits for it.
    fn clear(&self) {
        let jobs = {
            let mut state = self.state.lock().unwrap();
            state.at_work += 1;
            mem::take(&mut state.jobs)
        };
        drop(jobs);
        self.leave();
    }

    fn leave(&self) {
        self.state.lock().unwrap().at_work -= 1;
        self.fewer.notify_waiters();
    }
}

/// Keeps the results open until the pool is dropped or cancelled, even while there are no workers.
async fn keep<J, R>(queue: Arc<Queue<J>>, results: Arc<Mutex<Option<R>>>) {
    tokio::select! {
        () = queue.cancel.cancelled() => queue.clear(),
        () = queue.closed.cancelled() => {}
    }
    let last = results.lock().unwrap().take();
    drop(last);
}

async fn worker<J, R, F, Fut>(
    queue: Arc<Queue<J>>,
    work: Arc<F>,
    results: Option<mpsc::Sender<Result<R, JobPanicked>>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    let cancel = &queue.cancel;
    while let Some(results) = &results {
        let turn = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            turn = queue.turn.lock() => turn,
        };
        let Some(job) = queue.next() else {
            return;
        };
        let mut running = pin!(run(&*work, job));
        let begun = futures::poll!(running.as_mut());
        drop(turn);
        let result = match begun {
            Poll::Ready(result) => result,
            Poll::Pending => tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                result = running => result,
            },
        };
        tokio::select! {
            biased;
            _ = results.send(result) => {}
            () = cancel.cancelled() => break,
        }
    }
    // Cancelled.
    queue.clear();
    queue.leave();
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
