//! A dispatcher owns the receiver of a tokio channel and spawns one task for each job, after it has
//! got a slot; a read-write lock around `send` closes the gap between a cancel and a late send.

use std::any::Any;
use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sync::{Arc, PoisonError, RwLock};

#[derive(Debug)]
pub struct WorkerPool<J> {
    jobs: mpsc::Sender<J>,
    /// True once nothing may be sent any more. Whoever sends holds it for reading.
    shut: Arc<RwLock<bool>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
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
        let (jobs, queue) = mpsc::channel(2 * workers.get());
        let (results, receiver) = mpsc::channel(2 * workers.get());
        let shut = Arc::new(RwLock::new(false));
        let tasks = TaskTracker::new();
        let dispatcher = Dispatcher {
            slots: Arc::new(Semaphore::new(workers.get())),
            queue,
            shut: shut.clone(),
            cancel: cancel.clone(),
            tasks: tasks.clone(),
            work,
            results,
        };
        tasks.spawn(dispatcher.run());
        tasks.close();
        (Self { jobs, shut, cancel, tasks }, receiver)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let place = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Rejected(job)),
            place = self.jobs.reserve() => place,
        };
        match place {
            Ok(place) => {
                let shut = self.shut.read().unwrap_or_else(PoisonError::into_inner);
                if *shut {
                    return Err(Rejected(job));
                }
                place.send(job);
                Ok(())
            }
            Err(_) => Err(Rejected(job)),
        }
    }

    pub async fn shutdown(self) {
        let tasks = self.tasks.clone();
        // The last sender: the dispatcher gets what is in the channel, and then its end.
        drop(self);
        tasks.wait().await;
    }
}

struct Dispatcher<J, R, F> {
    slots: Arc<Semaphore>,
    queue: mpsc::Receiver<J>,
    shut: Arc<RwLock<bool>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
    work: F,
    results: mpsc::Sender<Result<R, JobPanicked>>,
}

impl<J, R, F, Fut> Dispatcher<J, R, F>
where
    R: Send + 'static,
    F: Fn(J) -> Fut,
    Fut: Future<Output = R> + Send + 'static,
{
    async fn run(mut self) {
        loop {
            let slot = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                slot = self.slots.clone().acquire_owned() => slot,
            };
            let Ok(slot) = slot else { break };
            let job = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                job = self.queue.recv() => job,
            };
            let Some(job) = job else { break };
            if self.cancel.is_cancelled() {
                drop(job);
                break;
            }
            let started = catch_unwind(AssertUnwindSafe(|| (self.work)(job)));
            let (cancel, results) = (self.cancel.clone(), self.results.clone());
            self.tasks.spawn(async move {
                {
                    let job = async {
                        let result = match started {
                            Ok(job) => AssertUnwindSafe(job).catch_unwind().await,
                            Err(panic) => Err(panic),
                        };
                        let _ = results.send(result.map_err(JobPanicked::new)).await;
                    };
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => {}
                        () = job => {}
                    }
                }
                drop(results);
                drop(slot);
            });
        }
        if self.cancel.is_cancelled() {
            *self.shut.write().unwrap_or_else(PoisonError::into_inner) = true;
            // Nobody sends any more, so what is there now is all there is.
            while let Ok(job) = self.queue.try_recv() {
                drop(job);
            }
        }
        drop(self.queue);
        drop(self.results);
    }
}
