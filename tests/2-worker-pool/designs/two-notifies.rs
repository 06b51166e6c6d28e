//! A bounded queue under a lock, with one `Notify` for free room and one for new jobs.
//!
//! `submit` registers for the notification before it looks at the queue, so that it cannot miss one. Workers take jobs
//! in turn: an async lock lets one of them at a time wait for a job, take it and poll it once. Jobs therefore start in
//! order, and the notification for new jobs never has more than one listener.

use std::any::Any;
use std::collections::VecDeque;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

use futures::FutureExt;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

/// A fixed number of workers that take jobs from one queue.
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
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

struct Queue<J> {
    state: Mutex<State<J>>,
    capacity: usize,
    /// Notified when a job was taken out of the queue.
    room: Notify,
    /// Notified when a job was added or the queue was closed.
    ready: Notify,
    /// Held from taking a job until it has started, so that jobs start in queue order.
    turn: tokio::sync::Mutex<()>,
}

struct State<J> {
    jobs: VecDeque<J>,
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
        let queue = Arc::new(Queue {
            state: Mutex::new(State { jobs: VecDeque::new(), closed: false }),
            capacity: 2 * workers.get(),
            room: Notify::new(),
            ready: Notify::new(),
            turn: tokio::sync::Mutex::new(()),
        });
        let (results, readable) = mpsc::channel(2 * workers.get());
        let work = Arc::new(work);
        let workers = (0..workers.get())
            .map(|_| {
                let (queue, work) = (Arc::clone(&queue), Arc::clone(&work));
                tokio::spawn(worker(queue, cancel.clone(), work, results.clone()))
            })
            .collect();
        (WorkerPool { queue, cancel, workers }, readable)
    }

    /// Adds a job to the queue, and waits while the queue is full.
    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        loop {
            let mut room = pin!(self.queue.room.notified());
            room.as_mut().enable();
            {
                let mut state = self.queue.state.lock().unwrap();
                if state.closed || self.cancel.is_cancelled() {
                    return Err(Rejected(job));
                }
                if state.jobs.len() < self.queue.capacity {
                    state.jobs.push_back(job);
                    drop(state);
                    self.queue.ready.notify_one();
                    return Ok(());
                }
            }
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Rejected(job)),
                () = room => {}
            }
        }
    }

    /// Closes the queue, and waits until the workers have finished all jobs in it.
    pub async fn shutdown(mut self) {
        let workers = mem::take(&mut self.workers);
        drop(self);
        for worker in workers {
            let _ = worker.await;
        }
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl<J> Queue<J> {
    fn close(&self) {
        self.state.lock().unwrap().closed = true;
        self.ready.notify_one();
    }

    /// Waits for the next job; returns `None` when the queue is empty and closed.
    async fn next(&self) -> Option<J> {
        loop {
            {
                let mut state = self.state.lock().unwrap();
                if let Some(job) = state.jobs.pop_front() {
                    drop(state);
                    self.room.notify_one();
                    return Some(job);
                }
                if state.closed {
                    return None;
                }
            }
            // `turn` lets only one worker wait here. A notification that came since is stored for it.
            self.ready.notified().await;
        }
    }

    /// Closes the queue, and drops the jobs in it.
    fn clear(&self) {
        let mut state = self.state.lock().unwrap();
        state.closed = true;
        let jobs = mem::take(&mut state.jobs);
        drop(state);
        drop(jobs);
    }
}

async fn worker<J, R, F, Fut>(
    queue: Arc<Queue<J>>,
    cancel: CancellationToken,
    work: Arc<F>,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    loop {
        let turn = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            turn = queue.turn.lock() => turn,
        };
        let job = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            job = queue.next() => job,
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
    queue.clear();
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
        .map_err(|payload| JobPanicked { message: message(&*payload) })
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "no panic message".to_owned()
    }
}
