//! Nothing of tokio::sync but the result channel; queue, idle workers and waiting submits are lists
//! of wakers under one plain lock, and everybody concerned is woken.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use futures::FutureExt;
use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct WorkerPool<J> {
    desk: Arc<Desk<J>>,
    cancel: CancellationToken,
    workers: Vec<JoinHandle<()>>,
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
struct Desk<J> {
    room: usize,
    books: Mutex<Books<J>>,
    /// Held while a worker takes a job and calls `work`, so that jobs begin in order.
    turn: Mutex<()>,
}

#[derive(Debug)]
struct Books<J> {
    jobs: VecDeque<J>,
    closed: bool,
    idle: BTreeMap<usize, Waker>,
    waiting: BTreeMap<u64, Waker>,
    numbers: u64,
}

type Wakers<K> = BTreeMap<K, Waker>;

fn wake_all<K>(wakers: Wakers<K>) {
    for waker in wakers.into_values() {
        waker.wake();
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
        let room = 2 * workers.get();
        let (results, receiver) = mpsc::channel(room);
        let desk = Arc::new(Desk {
            room,
            books: Mutex::new(Books {
                jobs: VecDeque::new(),
                closed: false,
                idle: BTreeMap::new(),
                waiting: BTreeMap::new(),
                numbers: 0,
            }),
            turn: Mutex::new(()),
        });
        let work = Arc::new(work);
        let workers = (0..workers.get())
            .map(|number| {
                let (desk, cancel, work) = (desk.clone(), cancel.clone(), work.clone());
                let results = results.clone();
                tokio::spawn(async move {
                    {
                        let jobs = async {
                            loop {
                                let started =
                                    poll_fn(|cx| desk.start_next(number, &cancel, &*work, cx));
                                let Some(started) = started.await else { return };
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
                        desk.close(true);
                    }
                    drop(results);
                })
            })
            .collect();
        (Self { desk, cancel, workers }, receiver)
    }

    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let mut submission = Submission { desk: &self.desk, job: Some(job), number: None };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {}
            accepted = poll_fn(|cx| submission.poll(cx)) => if accepted { return Ok(()) },
        }
        Err(Rejected(submission.job.take().expect("it was not accepted")))
    }

    pub async fn shutdown(mut self) {
        let workers = std::mem::take(&mut self.workers);
        drop(self);
        join_all(workers).await;
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        self.desk.close(false);
    }
}

impl<J> Desk<J> {
    fn start_next<Fut>(
        &self,
        worker: usize,
        cancel: &CancellationToken,
        work: &impl Fn(J) -> Fut,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Fut, Box<dyn Any + Send>>>> {
        if cancel.is_cancelled() {
            return Poll::Ready(None);
        }
        let waker = cx.waker().clone();
        let turn = lock(&self.turn);
        let mut books = lock(&self.books);
        let Some(job) = books.jobs.pop_front() else {
            if books.closed {
                return Poll::Ready(None);
            }
            let stale = books.idle.insert(worker, waker);
            drop(books);
            drop(turn);
            drop(stale);
            return Poll::Pending;
        };
        let waiting = std::mem::take(&mut books.waiting);
        drop(books);
        let started = catch_unwind(AssertUnwindSafe(|| work(job)));
        drop(turn);
        wake_all(waiting);
        Poll::Ready(Some(started))
    }

    fn close(&self, clear: bool) {
        let mut books = lock(&self.books);
        books.closed = true;
        let jobs = if clear { std::mem::take(&mut books.jobs) } else { VecDeque::new() };
        let idle = std::mem::take(&mut books.idle);
        let waiting = std::mem::take(&mut books.waiting);
        drop(books);
        drop(jobs);
        wake_all(idle);
        wake_all(waiting);
    }
}

struct Submission<'a, J> {
    desk: &'a Desk<J>,
    job: Option<J>,
    number: Option<u64>,
}

impl<J> Submission<'_, J> {
    /// Whether the job was accepted.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let waker = cx.waker().clone();
        let mut books = lock(&self.desk.books);
        if books.closed {
            return Poll::Ready(false);
        }
        if books.jobs.len() < self.desk.room {
            books.jobs.extend(self.job.take());
            let idle = std::mem::take(&mut books.idle);
            drop(books);
            wake_all(idle);
            return Poll::Ready(true);
        }
        let number = *self.number.get_or_insert_with(|| {
            books.numbers += 1;
            books.numbers
        });
        let stale = books.waiting.insert(number, waker);
        drop(books);
        drop(stale);
        Poll::Pending
    }
}

impl<J> Drop for Submission<'_, J> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = lock(&self.desk.books).waiting.remove(&number);
            drop(waker);
        }
    }
}
