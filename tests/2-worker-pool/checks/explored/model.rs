//! What the models share: jobs that record what happens to them, and tasks that submit, read and shut down.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use explorer::seeded::switch_point;
use explorer::seeded::timeline::Lane;
use futures::future::BoxFuture;
use harness::Sample;
use tokio::sync::Notify;
use tokio::task::{self, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::instrumented::{Rejected, Results, WorkerPool};

/// As many schedules as find each known wrong answer many times over.
pub fn sample(text: &'static str) -> Sample {
    Sample { text, schedules: 1_000 }
}

/// The same, where some of them fail only if a switch comes between two particular steps.
pub fn large_sample(text: &'static str) -> Sample {
    Sample { text, schedules: 2_400 }
}

/// A job: its number, and the model that it belongs to.
#[derive(Debug)]
pub struct Job {
    id: u32,
    model: Model,
}

impl Drop for Job {
    fn drop(&mut self) {
        // Dropping a job may take a while.
        switch_point();
        self.model.lock().dropped.push(self.id);
        self.model.job_dropped.notify_one();
    }
}

/// The state of a model, which its tasks and jobs record.
#[derive(Clone, Debug)]
pub struct Model {
    state: Arc<Mutex<State>>,
    workers: usize,
    job_dropped: Arc<Notify>,
}

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub accepted: Vec<u32>,
    pub started: Vec<u32>,
    /// The job that each worker runs. There are more slots than workers if the pool runs too many jobs.
    slots: Vec<Option<u32>>,
    pub finished: Vec<u32>,
    pub dropped: Vec<u32>,
    pub read: Vec<u32>,
}

/// A running job, and its slot.
struct Running {
    job: Job,
    slot: usize,
    finished: bool,
}

impl Running {
    fn finish(&mut self) -> u32 {
        switch_point();
        self.finished = true;
        worker(self.slot).note(format!("finishes job {}", self.job.id));
        self.job.model.lock().finished.push(self.job.id);
        self.job.id
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.job.model.lock().slots[self.slot] = None;
        if !self.finished {
            worker(self.slot).note(format!("drops running job {}", self.job.id));
        }
    }
}

fn worker(slot: usize) -> Lane {
    Lane::new(format!("worker {}", slot + 1))
}

/// What the job of a number does before it finishes.
type Work = dyn Fn(u32) -> BoxFuture<'static, ()> + Send + Sync;

impl Model {
    /// A model with this many workers.
    pub fn new(workers: usize) -> Self {
        let (state, job_dropped) = Default::default();
        Self { state, workers, job_dropped }
    }

    /// A copy of the state, so that no assertion is made while the lock is held.
    pub fn state(&self) -> State {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code that can panic runs under this lock")
    }

    /// Starts a pool. Each of its jobs does `work` and finishes with its number as the result.
    pub fn pool<Fut>(
        &self,
        cancel: &CancellationToken,
        work: impl Fn(u32) -> Fut + Send + Sync + 'static,
    ) -> (WorkerPool<Job>, Results<u32>)
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.pool_of_one_type(cancel, Box::new(move |id| Box::pin(work(id))))
    }

    /// Has no type parameter, so that the answer is compiled once, and not for each model.
    fn pool_of_one_type(
        &self,
        cancel: &CancellationToken,
        work: Box<Work>,
    ) -> (WorkerPool<Job>, Results<u32>) {
        let model = self.clone();
        let workers = NonZeroUsize::new(self.workers).expect("at least one worker");
        WorkerPool::start(workers, cancel.clone(), move |job| {
            let mut running = model.start(job);
            let work = work(running.job.id);
            async move {
                work.await;
                running.finish()
            }
        })
    }

    fn start(&self, job: Job) -> Running {
        // Unless the answer prevents it, another worker may take a job here.
        switch_point();
        let (slot, running) = {
            let mut state = self.lock();
            let free = state.slots.iter().position(Option::is_none);
            let slot = free.unwrap_or_else(|| {
                state.slots.push(None);
                state.slots.len() - 1
            });
            state.slots[slot] = Some(job.id);
            state.started.push(job.id);
            (slot, state.slots.iter().flatten().count())
        };
        worker(slot).note(format!("starts job {}", job.id));
        assert!(
            running <= self.workers,
            "{running} jobs run at the same time, but the number of workers is {}",
            self.workers
        );
        switch_point();
        Running { job, slot, finished: false }
    }

    /// Submits a job, and records that in `lane`. Returns whether the job was accepted.
    pub async fn submit(&self, lane: &Lane, pool: &WorkerPool<Job>, id: u32) -> bool {
        let submit = pool.submit(Job { id, model: self.clone() });
        let stuck = format!("`submit` of job {id} never returns");
        match lane.call(format!("submits job {id}"), stuck, submit).await {
            Ok(()) => {
                self.lock().accepted.push(id);
                lane.note(format!("job {id} is accepted"));
                true
            }
            Err(Rejected(job)) => {
                assert!(job.id == id, "`submit` of job {id} returned job {}", job.id);
                lane.note(format!("job {id} is rejected"));
                false
            }
        }
    }

    /// Spawns a caller that submits these jobs one after the other.
    pub fn caller(
        &self,
        name: &str,
        pool: &Arc<WorkerPool<Job>>,
        ids: impl IntoIterator<Item = u32> + Send + 'static,
    ) -> JoinHandle<()> {
        let (model, lane, pool) = (self.clone(), Lane::new(name), pool.clone());
        let ids: Vec<u32> = ids.into_iter().collect();
        spawn(async move {
            for id in ids {
                model.submit(&lane, &pool, id).await;
            }
        })
    }

    /// Spawns a reader, which reads the results to their end. When they end, no accepted job may exist.
    pub fn reader(&self, mut results: Results<u32>) -> JoinHandle<()> {
        let (model, lane) = (self.clone(), Lane::new("reader"));
        spawn(async move {
            loop {
                let waiting =
                    lane.wait("`recv` never returns: no result comes, and the results do not end");
                let result = results.recv().await;
                drop(waiting);
                let Some(result) = result else { break };
                let id = result.unwrap_or_else(|panic| {
                    panic!("a result is `JobPanicked` ({:?}), but no job panicked", panic.message)
                });
                model.lock().read.push(id);
                lane.note(format!("reads the result of job {id}"));
            }
            lane.note("sees the results end");
            model.assert_all_accepted_dropped("the results ended");
        })
    }

    /// Waits until this many jobs have been dropped.
    pub async fn wait_until_dropped(&self, lane: &Lane, jobs: usize) {
        while self.lock().dropped.len() < jobs {
            let dropped = self.job_dropped.notified();
            lane.call("waits for jobs to be dropped", "some jobs are never dropped", dropped).await;
        }
    }

    /// Every accepted job has one result, and no other job has any.
    pub fn assert_all_have_results(&self) {
        let state = self.state();
        for id in &state.accepted {
            let results = state.results_of(*id);
            assert!(results != 0, "job {id} was accepted, but has no result");
            assert!(results == 1, "job {id} was accepted, but has {results} results");
        }
        state.assert_only_accepted_have_results();
    }

    /// After a cancel: no job has more than one result, only accepted jobs have one, and all accepted jobs were
    /// dropped.
    pub fn assert_cancelled(&self) {
        let state = self.state();
        for id in &state.accepted {
            let results = state.results_of(*id);
            assert!(results <= 1, "job {id} was accepted, but has {results} results");
        }
        state.assert_only_accepted_have_results();
        self.assert_all_accepted_dropped("the pool was cancelled");
    }

    pub fn assert_all_accepted_dropped(&self, when: &str) {
        let state = self.state();
        for id in &state.accepted {
            assert!(state.dropped.contains(id), "{when}, but accepted job {id} still exists");
        }
    }
}

impl State {
    fn results_of(&self, id: u32) -> usize {
        self.read.iter().filter(|read| **read == id).count()
    }

    fn assert_only_accepted_have_results(&self) {
        for id in &self.read {
            assert!(self.accepted.contains(id), "job {id} was not accepted, but has a result");
        }
    }
}

/// Shuts a pool down when all callers are done with it.
pub async fn shut_down(lane: &Lane, pool: Arc<WorkerPool<Job>>) {
    let pool = Arc::into_inner(pool).expect("the callers have ended");
    lane.call("calls shutdown", "`shutdown` never returns", pool.shutdown()).await;
    lane.note("shutdown returns");
}

/// Spawns a task. It is boxed, so that `spawn` is compiled once, and not for each task.
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let task: BoxFuture<'static, ()> = Box::pin(task);
    task::spawn(task)
}

pub async fn join(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        task.await.expect("a panic ends the model");
    }
}
