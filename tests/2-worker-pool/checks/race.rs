//! The pool on real threads, under load. What is asserted holds for every order of events.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use harness::doing;
use real_tokio::runtime;
use real_tokio::task::yield_now;
use real_tokio_util::sync::CancellationToken;
use worker_pool::WorkerPool;

use super::check;

const WORKERS: usize = 3;
const CALLERS: u32 = 4;
const JOBS_PER_CALLER: u32 = 100;

/// A job that is counted while it exists.
struct Job {
    id: u32,
    existing: Arc<AtomicUsize>,
}

impl Job {
    fn new(id: u32, existing: &Arc<AtomicUsize>) -> Self {
        existing.fetch_add(1, SeqCst);
        Self { id, existing: existing.clone() }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.existing.fetch_sub(1, SeqCst);
    }
}

/// Counts a job while it runs.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(running: &Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
        Self(running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Four callers submit jobs on four threads. If `cancel_at` is given, the pool is cancelled by the job that starts as
/// number `cancel_at`.
fn submit_under_load(cancel_at: Option<usize>) {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(4).build();
    runtime.expect("the system has four threads for us").block_on(async {
        let cancel = CancellationToken::new();
        let existing = Arc::new(AtomicUsize::new(0));
        let (started, running) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let most = Arc::new(AtomicUsize::new(0));
        let work = {
            let (cancel, most) = (cancel.clone(), most.clone());
            move |job: Job| {
                let number = started.fetch_add(1, SeqCst) + 1;
                let (cancel, most, running) = (cancel.clone(), most.clone(), running.clone());
                async move {
                    let _running = Running::new(&running, &most);
                    if Some(number) == cancel_at {
                        cancel.cancel();
                    }
                    yield_now().await;
                    job.id
                }
            }
        };
        let workers = NonZeroUsize::new(WORKERS).expect("at least one worker");
        let (pool, mut results) = WorkerPool::start(workers, cancel, work);
        let pool = Arc::new(pool);
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (pool, accepted) = (pool.clone(), accepted.clone());
                let existing = existing.clone();
                real_tokio::spawn(async move {
                    for job in 0..JOBS_PER_CALLER {
                        let id = caller * JOBS_PER_CALLER + job;
                        if pool.submit(Job::new(id, &existing)).await.is_ok() {
                            accepted.lock().expect("`push` does not panic").push(id);
                        }
                    }
                })
            })
            .collect();
        let reader = real_tokio::spawn(async move {
            let mut read = Vec::new();
            while let Some(result) = results.recv().await {
                let Ok(id) = result else {
                    panic!("a result is `JobPanicked`, but no job panicked")
                };
                read.push(id);
            }
            read
        });
        for caller in callers {
            caller.await.expect("`submit` does not panic");
        }
        let pool = Arc::into_inner(pool).expect("the callers have ended");
        pool.shutdown().await;
        let mut read = reader.await.expect("the reader does not panic");

        let mut accepted = std::mem::take(&mut *accepted.lock().expect("`push` does not panic"));
        accepted.sort_unstable();
        read.sort_unstable();
        let twice = read.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(twice.is_none(), "a job has two results");
        let stray = read.iter().find(|id| accepted.binary_search(id).is_err());
        assert!(stray.is_none(), "a job has a result, but was not accepted");
        let most = most.load(SeqCst);
        assert!(most <= WORKERS, "{most} jobs ran at the same time on {WORKERS} workers");
        let existing = existing.load(SeqCst);
        assert!(existing == 0, "`shutdown` returned, but {existing} jobs still exist");
        if cancel_at.is_none() {
            let (results, all) = (read.len(), (CALLERS * JOBS_PER_CALLER) as usize);
            assert!(accepted.len() == all, "of {all} jobs, only {} were accepted", accepted.len());
            assert!(results == all, "{all} jobs were accepted, but only {results} have a result");
        }
    });
}

#[test]
fn every_job_has_exactly_one_result_under_load() {
    check(|| {
        let _doing = doing("submitting 400 jobs from four threads");
        submit_under_load(None);
    });
}

#[test]
fn a_cancel_drops_all_jobs_under_load() {
    check(|| {
        for cancel_at in [1, 7, 40, 150] {
            let _doing = doing(format!(
                "submitting jobs from four threads, with a cancel when {cancel_at} have started"
            ));
            submit_under_load(Some(cancel_at));
        }
    });
}
