//! Jobs that finish when a check says so, and a log of what happens to them.

use std::collections::BTreeMap;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::future::BoxFuture;
use real_tokio::sync::Semaphore;
use real_tokio::task::{self, JoinHandle};
use real_tokio::time::{sleep, timeout};
use real_tokio_util::sync::CancellationToken;
use worker_pool::{JobPanicked, Rejected, Results, WorkerPool};

pub const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Waits until no task can run. On the paused clock, a sleep ends only then.
pub async fn rest() {
    sleep(Duration::from_millis(1)).await;
}

/// A job: its number, and the log of the jobs that it belongs to.
pub struct Job {
    pub id: u32,
    jobs: Jobs,
}

impl Drop for Job {
    fn drop(&mut self) {
        let on_drop = {
            let mut state = self.jobs.lock();
            state.log.existing.retain(|id| *id != self.id);
            state.on_drop.clone()
        };
        if let Some(on_drop) = on_drop {
            on_drop();
        }
    }
}

/// The jobs of a check.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    log: Log,
    gates: BTreeMap<u32, Arc<Semaphore>>,
    all_open: bool,
    on_drop: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// What has happened to the jobs so far.
#[derive(Clone, Default)]
pub struct Log {
    /// The jobs that `work` was called with, in that order.
    pub started: Vec<u32>,
    pub running: Vec<u32>,
    pub most_running: usize,
    /// The jobs that finished, in that order.
    pub finished: Vec<u32>,
    /// The jobs that have not been dropped.
    pub existing: Vec<u32>,
}

/// A running job. Dropping it records that it no longer runs.
struct Running {
    job: Job,
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.job.id;
        self.job.jobs.lock().log.running.retain(|running| *running != id);
    }
}

impl State {
    fn gate(&mut self, id: u32) -> Arc<Semaphore> {
        self.gates.entry(id).or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
    }
}

impl Jobs {
    /// Jobs that each finish once [`open`](Self::open) was called.
    pub fn new() -> Self {
        Self::default()
    }

    /// Jobs that finish by themselves.
    pub fn that_finish() -> Self {
        let jobs = Self::default();
        jobs.lock().all_open = true;
        jobs
    }

    /// A copy of the log, and not a guard: an assertion that fails while the lock is held would drop jobs, whose
    /// destructor takes the lock again.
    pub fn log(&self) -> Log {
        self.lock().log.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code that can panic runs under this lock")
    }

    pub fn job(&self, id: u32) -> Job {
        self.lock().log.existing.push(id);
        Job { id, jobs: self.clone() }
    }

    /// Runs a job until its gate opens. Its result is its number.
    pub fn run(&self, job: Job) -> impl Future<Output = u32> + Send + use<> {
        let jobs = self.clone();
        let (gate, open) = {
            let mut state = self.lock();
            state.log.started.push(job.id);
            state.log.running.push(job.id);
            state.log.most_running = state.log.most_running.max(state.log.running.len());
            (state.gate(job.id), state.all_open)
        };
        let running = Running { job };
        async move {
            if !open {
                let _opened = gate.acquire().await;
            }
            let id = running.job.id;
            jobs.lock().log.finished.push(id);
            drop(running);
            id
        }
    }

    /// Lets a job finish.
    pub fn open(&self, id: u32) {
        let gate = self.lock().gate(id);
        gate.close();
    }

    /// Lets all jobs finish, including those that have not started yet.
    pub fn open_all(&self) {
        let gates: Vec<_> = {
            let mut state = self.lock();
            state.all_open = true;
            state.gates.values().cloned().collect()
        };
        for gate in gates {
            gate.close();
        }
    }

    /// Calls `f` whenever a job is dropped.
    pub fn on_drop(&self, f: impl Fn() + Send + Sync + 'static) {
        self.lock().on_drop = Some(Arc::new(f));
    }

    /// A pool that runs these jobs.
    pub fn pool(&self, number: usize) -> (WorkerPool<Job>, Results<u32>) {
        self.pool_with(number, &CancellationToken::new())
    }

    pub fn pool_with(
        &self,
        number: usize,
        cancel: &CancellationToken,
    ) -> (WorkerPool<Job>, Results<u32>) {
        let jobs = self.clone();
        start(number, cancel, move |job| jobs.run(job))
    }

    /// Submits jobs for which there is room, and waits after each until no task can run.
    pub async fn submit(&self, pool: &WorkerPool<Job>, ids: impl IntoIterator<Item = u32>) {
        for id in ids {
            match timeout(Duration::from_secs(1), pool.submit(self.job(id))).await {
                Ok(Ok(())) => rest().await,
                Ok(Err(Rejected(_))) => {
                    panic!("`submit` rejected job {id}, but the pool was not cancelled")
                }
                Err(_) => panic!("`submit` of job {id} waits, but the queue has room"),
            }
        }
    }

    /// Submits a job in a task of its own.
    pub fn submit_later(
        &self,
        pool: &Arc<WorkerPool<Job>>,
        id: u32,
    ) -> JoinHandle<Result<(), Rejected<Job>>> {
        let (pool, job) = (pool.clone(), self.job(id));
        spawn(async move { pool.submit(job).await })
    }
}

/// Starts a pool. `work` and its futures are boxed, so that the answer is compiled once for each type of jobs and
/// results, and not again for each check, while the learner waits.
pub fn start<J, Fut>(
    number: usize,
    cancel: &CancellationToken,
    work: impl Fn(J) -> Fut + Send + Sync + 'static,
) -> (WorkerPool<J>, Results<Fut::Output>)
where
    J: Send + 'static,
    Fut: Future<Output: Send> + Send + 'static,
{
    start_boxed(number, cancel, Box::new(move |job| Box::pin(work(job))))
}

fn start_boxed<J: Send + 'static, R: Send + 'static>(
    number: usize,
    cancel: &CancellationToken,
    work: Box<dyn Fn(J) -> BoxFuture<'static, R> + Send + Sync>,
) -> (WorkerPool<J>, Results<R>) {
    WorkerPool::start(workers(number), cancel.clone(), work)
}

/// Spawns a task. It is boxed for the same reason.
pub fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let task: BoxFuture<'static, T> = Box::pin(task);
    task::spawn(task)
}

pub fn workers(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("at least one worker")
}

/// Shuts a pool down in a task of its own, as the contract allows `shutdown` to take several polls.
pub async fn shut_down(pool: WorkerPool<Job>) {
    spawn(pool.shutdown()).await.expect("`shutdown` does not panic");
}

/// A result that can be compared and printed, whatever traits the answer derives.
pub fn plain<R>(result: Result<R, JobPanicked>) -> Result<R, String> {
    result.map_err(|panic| panic.message)
}

/// The results that can be read at once.
pub fn read_available(results: &mut Results<u32>) -> Vec<u32> {
    std::iter::from_fn(|| results.try_recv().ok()).map(expect_result).collect()
}

/// Reads results until they end.
pub async fn read_to_the_end(results: &mut Results<u32>) -> Vec<u32> {
    let mut read = Vec::new();
    while let Some(result) = results.recv().await {
        read.push(expect_result(result));
    }
    read
}

fn expect_result(result: Result<u32, JobPanicked>) -> u32 {
    result.unwrap_or_else(|panic| {
        panic!("a result is `JobPanicked` ({:?}), but no job panicked", panic.message)
    })
}
