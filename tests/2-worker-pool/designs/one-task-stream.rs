//! One task runs all jobs, as a stream of jobs with `for_each_concurrent`; there are no workers,
//! only places in the stream.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use futures::{FutureExt, StreamExt, stream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct WorkerPool<J> {
    queue: Arc<Queue<J>>,
    cancel: CancellationToken,
    runner: Option<JoinHandle<()>>,
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
        let room = 2 * workers.get();
        let queue = Arc::new(Queue {
            state: Mutex::new(State { jobs: VecDeque::new(), closed: false }),
            room: Semaphore::new(room),
            changed: Notify::new(),
        });
        let (results, receiver) = mpsc::channel(room);
        let runner = tokio::spawn(run(workers.get(), queue.clone(), cancel.clone(), work, results));
        (Self { queue, cancel, runner: Some(runner) }, receiver)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.queue.room.acquire() => place,
        };
        let Ok(place) = place else { return Err(Rejected(job)) };
        self.queue.push(job)?;
        place.forget();
        Ok(())
    }

    pub async fn shutdown(mut self) {
        let runner = self.runner.take();
        drop(self);
        if let Some(runner) = runner {
            let _ = runner.await;
        }
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

async fn run<J, R, F, Fut>(
    workers: usize,
    queue: Arc<Queue<J>>,
    cancel: CancellationToken,
    work: F,
    results: mpsc::Sender<Result<R, JobPanicked>>,
) where
    F: Fn(J) -> Fut,
    Fut: Future<Output = R>,
{
    {
        let (queue, cancel, work, results) = (&*queue, &cancel, &work, &results);
        let jobs = stream::unfold(queue, |queue| async move { Some((queue.pop().await?, queue)) });
        let all = jobs.for_each_concurrent(workers, |job| {
            let started = if cancel.is_cancelled() {
                None
            } else {
                Some(catch_unwind(AssertUnwindSafe(|| work(job))))
            };
            async move {
                let result = match started {
                    None => return,
                    Some(Err(panic)) => Err(panic),
                    Some(Ok(job)) => {
                        let job = AssertUnwindSafe(job).catch_unwind();
                        let Some(result) = unless_cancelled(cancel, job).await else { return };
                        result
                    }
                };
                let _ = results.send(result.map_err(JobPanicked::new)).await;
            }
        });
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = all => {}
        }
    }
    queue.close();
    let left = std::mem::take(&mut lock(&queue.state).jobs);
    drop(left);
    drop(results);
}

/// The jobs share one task: each looks at the token before each of its own steps, since another
/// one may have cancelled in the very same poll of the task.
async fn unless_cancelled<T>(
    cancel: &CancellationToken,
    job: impl Future<Output = T>,
) -> Option<T> {
    let mut job = pin!(job);
    poll_fn(|cx| {
        if cancel.is_cancelled() {
            return Poll::Ready(None);
        }
        job.as_mut().poll(cx).map(Some)
    })
    .await
}

#[derive(Debug)]
struct Queue<J> {
    state: Mutex<State<J>>,
    room: Semaphore,
    changed: Notify,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<J>,
    closed: bool,
}

impl<J> Queue<J> {
    fn push(&self, job: J) -> Result<(), Rejected<J>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Rejected(job));
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    async fn pop(&self) -> Option<J> {
        loop {
            let (job, closed) = {
                let mut state = lock(&self.state);
                (state.jobs.pop_front(), state.closed)
            };
            if let Some(job) = job {
                self.room.add_permits(1);
                return Some(job);
            }
            if closed {
                return None;
            }
            self.changed.notified().await;
        }
    }

    fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_one();
    }
}
