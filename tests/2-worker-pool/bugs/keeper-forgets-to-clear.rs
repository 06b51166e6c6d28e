//! At a cancel it is the workers who clear the queue, each before it is counted out, and one counts itself out first.
//! Caught by: `a_cancel_ends_it_all_under_many_schedules`
//!
//! A cancel with jobs in the queue: the last worker is counted out, `shutdown` returns, and only then
//! are the jobs dropped.

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

/// Workers that come when there is work.
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
    spawn_worker: Box<dyn Fn() + Send + Sync>,
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
    state: Mutex<State<J>>,
    workers: usize,
    cancel: CancellationToken,
    /// The pool is gone, or being shut down.
    closed: CancellationToken,
    /// Somebody took a job out.
    room: Notify,
    /// A worker has ended.
    fewer: Notify,
    /// Whoever takes a job holds this until it has begun.
    turn: tokio::sync::Mutex<()>,
}

struct State<J> {
    jobs: VecDeque<J>,
    /// How many workers there are: as long as there are jobs, at least one.
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
        // For the workers to come; it is taken away when there will be none.
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

    /// Waits for room in the queue.
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
                    if more {
                        state.at_work += 1;
                    }
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

    /// Waits until the last worker has ended.
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
    /// The next job; without one the worker is counted out.
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

    fn clear(&self) {
        let jobs = mem::take(&mut self.state.lock().unwrap().jobs);
        drop(jobs);
    }
}

/// Keeps the results open until the pool is gone, also while there are no workers.
async fn keep<J, R>(queue: Arc<Queue<J>>, results: Arc<Mutex<Option<R>>>) {
    tokio::select! {
        () = queue.cancel.cancelled() => {}
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
    queue.state.lock().unwrap().at_work -= 1;
    queue.fewer.notify_waiters();
    queue.clear();
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
