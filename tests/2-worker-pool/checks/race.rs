//! The pool on real threads: whatever the machine does, the jobs add up.

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
const EACH: u32 = 100;

/// A job that counts how many of its kind there are.
struct Counted {
    id: u32,
    existing: Arc<AtomicUsize>,
}

impl Counted {
    fn new(id: u32, existing: &Arc<AtomicUsize>) -> Self {
        existing.fetch_add(1, SeqCst);
        Self { id, existing: existing.clone() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.existing.fetch_sub(1, SeqCst);
    }
}

/// Callers on four threads hand in jobs. If `cancel_at` is given, the job that is the so-many-th to
/// start cancels the pool.
fn hand_in_many(cancel_at: Option<usize>) {
    let threads = runtime::Builder::new_multi_thread().worker_threads(4).build();
    threads.expect("threads can be had").block_on(async {
        let cancel = CancellationToken::new();
        let existing = Arc::new(AtomicUsize::new(0));
        let (started, running) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let most = Arc::new(AtomicUsize::new(0));
        let work = {
            let (cancel, most) = (cancel.clone(), most.clone());
            move |job: Counted| {
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
        let workers = NonZeroUsize::new(WORKERS).expect("it is not zero");
        let (pool, mut results) = WorkerPool::start(workers, cancel, work);
        let pool = Arc::new(pool);
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (pool, accepted) = (pool.clone(), accepted.clone());
                let existing = existing.clone();
                real_tokio::spawn(async move {
                    for job in 0..EACH {
                        let id = caller * EACH + job;
                        if pool.submit(Counted::new(id, &existing)).await.is_ok() {
                            accepted.lock().expect("nothing panics under it").push(id);
                        }
                    }
                })
            })
            .collect();
        let reader = real_tokio::spawn(async move {
            let mut read = Vec::new();
            while let Some(result) = results.recv().await {
                let Ok(id) = result else { panic!("a job panics") };
                read.push(id);
            }
            read
        });
        for caller in callers {
            caller.await.expect("a caller does not panic");
        }
        let pool = Arc::into_inner(pool).expect("the callers are gone");
        pool.shutdown().await;
        let mut read = reader.await.expect("it only reads");

        let mut accepted = std::mem::take(&mut *accepted.lock().expect("nothing panics under it"));
        accepted.sort_unstable();
        read.sort_unstable();
        let twice = read.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(twice.is_none(), "a job has two results");
        let stray = read.iter().find(|id| accepted.binary_search(id).is_err());
        assert!(stray.is_none(), "a job has a result, and was not accepted");
        let most = most.load(SeqCst);
        assert!(most <= WORKERS, "{WORKERS} workers, and {most} jobs ran at once");
        let existing = existing.load(SeqCst);
        assert!(existing == 0, "`shutdown` has returned, and {existing} jobs exist");
        if cancel_at.is_none() {
            let (results, all) = (read.len(), (CALLERS * EACH) as usize);
            assert!(accepted.len() == all, "of {all} jobs, {} were accepted", accepted.len());
            assert!(results == all, "{all} jobs were accepted, and {results} have a result");
        }
    });
}

/// A job that runs.
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

#[test]
fn jobs_add_up_under_load() {
    check(|| {
        let _doing = doing("four threads hand in 400 jobs");
        hand_in_many(None);
    });
}

#[test]
fn jobs_add_up_when_the_pool_is_cancelled_under_load() {
    check(|| {
        for cancel_at in [1, 7, 40, 150] {
            let _doing = doing(format!(
                "four threads hand in jobs, and the one that starts as number {cancel_at} cancels"
            ));
            hand_in_many(Some(cancel_at));
        }
    });
}
