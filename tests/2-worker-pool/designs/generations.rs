//! A watch channel with a generation that every change raises, on which submits, workers and
//! shutdown wait; jobs carry numbers, and a second watch lets them begin in that order.

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct WorkerPool<J> {
    board: Arc<Board<J>>,
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
struct Board<J> {
    room: usize,
    state: Mutex<State<J>>,
    generation: watch::Sender<u64>,
    /// The number of the job that is to begin next.
    begins: watch::Sender<u64>,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<J>,
    taken: u64,
    closed: bool,
    workers: usize,
}

enum Next<J> {
    Job(u64, J),
    Wait,
    End,
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
        let board = Arc::new(Board {
            room: 2 * workers,
            state: Mutex::new(State { jobs: VecDeque::new(), taken: 0, closed: false, workers }),
            generation: watch::channel(0).0,
            begins: watch::channel(0).0,
        });
        let work = Arc::new(work);
        for _ in 0..workers {
            let (board, cancel, work) = (board.clone(), cancel.clone(), work.clone());
            let results = results.clone();
            tokio::spawn(async move {
                {
                    let jobs = run_jobs(&board, &*work, &results, &cancel);
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => {}
                        () = jobs => {}
                    }
                }
                if cancel.is_cancelled() {
                    lock(&board.state).closed = true;
                    let jobs = std::mem::take(&mut lock(&board.state).jobs);
                    drop(jobs);
                }
                drop(results);
                lock(&board.state).workers -= 1;
                board.changed();
            });
        }
        (Self { board, cancel }, receiver)
    }

    pub async fn submit(&self, mut job: J) -> Result<(), Rejected<J>> {
        let mut generation = self.board.generation.subscribe();
        loop {
            if self.cancel.is_cancelled() {
                return Err(Rejected(job));
            }
            generation.borrow_and_update();
            match self.board.offer(job)? {
                None => return Ok(()),
                Some(back) => job = back,
            }
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => {}
                _ = generation.changed() => {}
            }
        }
    }

    pub async fn shutdown(self) {
        let board = self.board.clone();
        drop(self);
        let mut generation = board.generation.subscribe();
        loop {
            generation.borrow_and_update();
            if lock(&board.state).workers == 0 {
                return;
            }
            let _ = generation.changed().await;
        }
    }
}

impl<J> Drop for WorkerPool<J> {
    fn drop(&mut self) {
        lock(&self.board.state).closed = true;
        self.board.changed();
    }
}

async fn run_jobs<J, R, Fut>(
    board: &Board<J>,
    work: &impl Fn(J) -> Fut,
    results: &mpsc::Sender<Result<R, JobPanicked>>,
    cancel: &CancellationToken,
) where
    Fut: Future<Output = R>,
{
    let mut generation = board.generation.subscribe();
    let mut begins = board.begins.subscribe();
    while !cancel.is_cancelled() {
        generation.borrow_and_update();
        let (number, job) = match board.next() {
            Next::Job(number, job) => (number, job),
            Next::Wait => {
                let _ = generation.changed().await;
                continue;
            }
            Next::End => return,
        };
        board.changed();
        // Others have taken the jobs before this one, and are about to begin them.
        while *begins.borrow_and_update() != number {
            let _ = begins.changed().await;
        }
        if cancel.is_cancelled() {
            return;
        }
        let started = catch_unwind(AssertUnwindSafe(|| work(job)));
        board.begins.send_modify(|next| *next += 1);
        let result = match started {
            Ok(job) => AssertUnwindSafe(job).catch_unwind().await,
            Err(panic) => Err(panic),
        };
        let _ = results.send(result.map_err(JobPanicked::new)).await;
    }
}

impl<J> Board<J> {
    fn changed(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Gives the job back if there is no room.
    fn offer(&self, job: J) -> Result<Option<J>, Rejected<J>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Rejected(job));
        }
        if state.jobs.len() == self.room {
            return Ok(Some(job));
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed();
        Ok(None)
    }

    fn next(&self) -> Next<J> {
        let mut state = lock(&self.state);
        match state.jobs.pop_front() {
            Some(job) => {
                state.taken += 1;
                Next::Job(state.taken - 1, job)
            }
            None if state.closed => Next::End,
            None => Next::Wait,
        }
    }
}
