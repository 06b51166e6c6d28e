//! Jobs that start when a worker gets to them, end when they are told to, and tell all.

use std::collections::BTreeMap;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use real_tokio::sync::Semaphore;
use real_tokio::time::sleep;
use real_tokio_util::sync::CancellationToken;
use worker_pool::{JobPanicked, Rejected, Results, WorkerPool};

/// Waits, on a clock that stands still while anything can run, until nothing can.
pub async fn rest() {
    sleep(Duration::from_millis(1)).await;
}

/// A job: its number, and the book that it is entered in.
pub struct Job {
    pub id: u32,
    jobs: Jobs,
}

impl Drop for Job {
    fn drop(&mut self) {
        let mut book = self.jobs.book();
        book.existing.retain(|id| *id != self.id);
        let on_drop = book.on_drop.clone();
        drop(book);
        if let Some(on_drop) = on_drop {
            on_drop();
        }
    }
}

/// The book of all jobs of a check.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Mutex<Book>>);

#[derive(Default)]
pub struct Book {
    /// The jobs that `work` was called with, in that order.
    pub started: Vec<u32>,
    pub running: Vec<u32>,
    pub most_running: usize,
    /// Those that came to their end, in that order.
    pub ended: Vec<u32>,
    /// Those that somebody still has: a submit, the pool, or itself as it runs.
    pub existing: Vec<u32>,
    gates: BTreeMap<u32, Arc<Semaphore>>,
    all_open: bool,
    on_drop: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// A job that runs, with its entry.
struct Running {
    job: Job,
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.job.id;
        self.job.jobs.book().running.retain(|running| *running != id);
    }
}

impl Jobs {
    pub fn new() -> Self {
        Self::default()
    }

    /// Jobs that end without being told to.
    pub fn that_end() -> Self {
        let jobs = Self::default();
        jobs.book().all_open = true;
        jobs
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("nothing panics under it")
    }

    pub fn job(&self, id: u32) -> Job {
        self.book().existing.push(id);
        Job { id, jobs: self.clone() }
    }

    /// Runs a job until its gate opens; its result is its number.
    pub fn run(&self, job: Job) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        let jobs = self.clone();
        let mut book = self.book();
        book.started.push(job.id);
        book.running.push(job.id);
        book.most_running = book.most_running.max(book.running.len());
        let gate = book.gate(job.id);
        let open = book.all_open;
        drop(book);
        let running = Running { job };
        Box::pin(async move {
            if !open {
                let _opened = gate.acquire().await;
            }
            let id = running.job.id;
            jobs.book().ended.push(id);
            drop(running);
            id
        })
    }

    /// Lets a job end.
    pub fn open(&self, id: u32) {
        let gate = self.book().gate(id);
        gate.close();
    }

    /// Lets all jobs end, those to come as well.
    pub fn open_all(&self) {
        let mut book = self.book();
        book.all_open = true;
        let gates: Vec<_> = book.gates.values().cloned().collect();
        drop(book);
        for gate in gates {
            gate.close();
        }
    }

    /// Calls `f` whenever a job is dropped.
    pub fn on_drop(&self, f: impl Fn() + Send + Sync + 'static) {
        self.book().on_drop = Some(Arc::new(f));
    }

    /// A pool that runs these jobs.
    pub fn pool(&self, workers: usize) -> (WorkerPool<Job>, Results<u32>) {
        self.pool_with(workers, &CancellationToken::new())
    }

    pub fn pool_with(
        &self,
        workers: usize,
        cancel: &CancellationToken,
    ) -> (WorkerPool<Job>, Results<u32>) {
        let jobs = self.clone();
        let workers = NonZeroUsize::new(workers).expect("at least one worker");
        WorkerPool::start(workers, cancel.clone(), move |job| jobs.run(job))
    }

    /// Hands in jobs that have to be accepted, each at rest.
    pub async fn submit(&self, pool: &WorkerPool<Job>, ids: impl IntoIterator<Item = u32>) {
        for id in ids {
            let accepted = real_tokio::time::timeout(SHORT, pool.submit(self.job(id))).await;
            match accepted {
                Ok(Ok(())) => rest().await,
                Ok(Err(Rejected(_))) => panic!("job {id} is rejected, and nothing is cancelled"),
                Err(_) => panic!("job {id} has to wait, although there is room for it"),
            }
        }
    }
}

/// Longer than a rest, on the same clock.
const SHORT: Duration = Duration::from_secs(1);

impl Book {
    fn gate(&mut self, id: u32) -> Arc<Semaphore> {
        self.gates.entry(id).or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
    }
}

/// A result that can be compared and shown, whatever the answer derives.
pub fn plain<R>(result: Result<R, JobPanicked>) -> Result<R, String> {
    result.map_err(|panic| panic.message)
}

/// Reads what can be read at rest, without waiting.
pub fn read_all(results: &mut Results<u32>) -> Vec<u32> {
    std::iter::from_fn(|| results.try_recv().ok())
        .map(|result| result.unwrap_or_else(|panic| panic!("a job panicked: {}", panic.message)))
        .collect()
}
