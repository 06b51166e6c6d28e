//! Half of the results' room is in a channel of the workers, and a forwarder that stops at the cancel leaves there what was sent.
//! Caught by: `results_that_were_sent_can_be_read_after_a_cancel`
//!
//! Results are full, then a cancel: only half of the `2 * workers` results can be read.

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
    capacity: usize,
    /// Somebody took a job out.
    room: Notify,
    /// Somebody put a job in, or closed the queue.
    ready: Notify,
    /// The worker whose turn it is holds this until its job has begun.
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
        // Two channels in a row: together they hold `2 * workers`, with the one in between.
        let (outlet, readable) = mpsc::channel(workers.get());
        let (results, mut finished) = mpsc::channel(workers.get());
        let token = cancel.clone();
        tokio::spawn(async move {
            loop {
                let place = tokio::select! {
                    biased;
                    () = token.cancelled() => break,
                    place = outlet.reserve() => place,
                };
                let Some(result) = finished.recv().await else { return };
                if let Ok(place) = place {
                    place.send(result);
                }
            }
            // Cancelled: the workers end, and then the results do.
            while finished.recv().await.is_some() {}
        });
        let work = Arc::new(work);
        let workers = (0..workers.get())
            .map(|_| {
                let (queue, work) = (Arc::clone(&queue), Arc::clone(&work));
                tokio::spawn(worker(queue, cancel.clone(), work, results.clone()))
            })
            .collect();
        (WorkerPool { queue, cancel, workers }, readable)
    }

    /// Waits for room in the queue.
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

    /// Lets the workers finish what is queued.
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

    /// Waits for the next job; `None` when there are none left and none will come.
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
            // Only one worker waits here at a time, so no notification is lost.
            self.ready.notified().await;
        }
    }

    /// Nothing is added any more, and what is in it is dropped.
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

/// Does the job, and turns a panic into an error.
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
        "a panic without a text".to_owned()
    }
}
