//! What a cancel does to `submit`, to jobs, to results and to `shutdown`.

use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use harness::{Polling, doing};
use real_tokio::sync::Notify;
use real_tokio::sync::mpsc::error::TryRecvError;
use real_tokio::task::{JoinHandle, yield_now};
use real_tokio_util::sync::CancellationToken;
use worker_pool::{Rejected, Results, WorkerPool};

use super::jobs::{Job, Jobs, read_to_the_end, rest, spawn, start};
use crate::checks::check_async;

/// Whether there is no result, and none can come.
fn have_ended(results: &mut Results<u32>) -> bool {
    matches!(results.try_recv(), Err(TryRecvError::Disconnected))
}

#[test]
fn a_cancel_makes_a_waiting_submit_return_its_job() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(1, &cancel);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..3).await;
        let waiting = [7, 8].map(|id| (id, jobs.submit_later(&pool, id)));
        rest().await;
        cancel.cancel();
        rest().await;
        for (id, submit) in waiting {
            assert!(
                submit.is_finished(),
                "the pool was cancelled, but `submit` of job {id} still waits for room"
            );
            match submit.await.expect("`submit` does not panic") {
                Err(Rejected(job)) => {
                    assert!(job.id == id, "`submit` of job {id} returned job {}", job.id);
                }
                Ok(()) => panic!(
                    "the pool was cancelled while the queue was full, but it accepted job {id}"
                ),
            }
        }
    });
}

#[test]
fn submit_rejects_after_a_cancel_even_if_there_is_room() {
    check_async(|| async {
        let jobs = Jobs::that_finish();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..2).await;
        cancel.cancel();
        // First before the workers can have seen the cancel, then at rest. Repeated, because a
        // `select!` that is not `biased` picks the room or the token at random.
        for id in 7..71 {
            let _doing =
                doing(format!("waiting for `submit` of job {id} to return after a cancel"));
            match pool.submit(jobs.job(id)).await {
                Err(Rejected(job)) => {
                    assert!(job.id == id, "`submit` of job {id} returned job {}", job.id);
                }
                Ok(()) => panic!("the pool was cancelled, but it accepted job {id}"),
            }
            if id > 30 {
                rest().await;
            }
        }

        let (pool, _results) = jobs.pool_with(2, &cancel);
        let accepted = pool.submit(jobs.job(90)).await.is_ok();
        assert!(!accepted, "the pool was started with a cancelled token, but it accepted a job");
    });
}

#[test]
fn a_cancel_drops_the_queued_jobs() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..6).await;
        cancel.cancel();
        rest().await;
        let mut queued = jobs.log().existing;
        queued.retain(|id| *id > 1);
        assert!(
            queued.is_empty(),
            "the pool was cancelled, but the queued jobs {queued:?} were not dropped"
        );
    });
}

#[test]
fn a_cancel_drops_running_jobs() {
    check_async(|| async {
        jobs_that_wait_are_dropped().await;
        jobs_that_wake_themselves_are_dropped().await;
    });
}

async fn jobs_that_wait_are_dropped() {
    let jobs = Jobs::new();
    let cancel = CancellationToken::new();
    let (pool, _results) = jobs.pool_with(2, &cancel);
    jobs.submit(&pool, 0..2).await;
    cancel.cancel();
    rest().await;
    let running = jobs.log().running;
    assert!(
        running.is_empty(),
        "the pool was cancelled, but the running jobs {running:?} were not dropped"
    );
}

/// Each job has many awaits, at which it wakes itself. One that was woken just before the cancel may go on to the next
/// of them, and some more are no mistake, if the cancel is passed on from task to task. But each job has to end soon,
/// also if there are many.
async fn jobs_that_wake_themselves_are_dropped() {
    const JOBS: usize = 16;
    const MANY: usize = 1_000;
    let cancel = CancellationToken::new();
    let started = Arc::new(AtomicUsize::new(0));
    let passed: Arc<[AtomicUsize; JOBS]> = Arc::default();
    let work = {
        let (cancel, started, passed) = (cancel.clone(), started.clone(), passed.clone());
        move |job: u32| {
            let (cancel, passed) = (cancel.clone(), passed.clone());
            started.fetch_add(1, SeqCst);
            async move {
                let passed = &passed[job as usize];
                while passed.load(SeqCst) < MANY {
                    wake_and_wait().await;
                    passed.fetch_add(usize::from(cancel.is_cancelled()), SeqCst);
                }
                job
            }
        }
    };
    let (pool, _results) = start(JOBS, &cancel, work);
    for job in 0..JOBS as u32 {
        assert!(pool.submit(job).await.is_ok(), "`submit` rejected job {job}");
    }
    {
        let _doing = doing(format!("waiting for {JOBS} workers to start {JOBS} jobs"));
        while started.load(SeqCst) < JOBS {
            yield_now().await;
        }
    }
    cancel.cancel();
    rest().await;
    let most = passed.iter().map(|passed| passed.load(SeqCst)).max().unwrap_or_default();
    assert!(
        most <= 5,
        "{JOBS} jobs were running when the pool was cancelled, and one of them has passed {most} \
         awaits since then"
    );
}

/// Wakes its task, and waits until that runs again.
async fn wake_and_wait() {
    let mut woken = false;
    poll_fn(|cx| {
        if mem::replace(&mut woken, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn no_job_starts_after_a_cancel() {
    check_async(|| async {
        queued_jobs_do_not_start().await;
        the_next_job_does_not_start().await;
        a_new_job_does_not_start().await;
    });
}

async fn queued_jobs_do_not_start() {
    let jobs = Jobs::new();
    let cancel = CancellationToken::new();
    let (pool, _results) = jobs.pool_with(2, &cancel);
    jobs.submit(&pool, 0..6).await;
    cancel.cancel();
    rest().await;
    let started = jobs.log().started;
    assert!(
        started == [0, 1],
        "the pool was cancelled while jobs 0 and 1 were running, but {started:?} were started"
    );
}

/// The first job cancels the pool and finishes, so that the worker gets to its next job in the same poll.
async fn the_next_job_does_not_start() {
    let cancel = CancellationToken::new();
    let started = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Notify::new());
    let work = {
        let (cancel, started, gate) = (cancel.clone(), started.clone(), gate.clone());
        move |job: u32| {
            started.fetch_add(1, SeqCst);
            let (cancel, gate) = (cancel.clone(), gate.clone());
            async move {
                gate.notified().await;
                cancel.cancel();
                job
            }
        }
    };
    let (pool, _results) = start(1, &cancel, work);
    for job in 0..3 {
        assert!(pool.submit(job).await.is_ok(), "`submit` rejected job {job}");
    }
    gate.notify_one();
    rest().await;
    let started = started.load(SeqCst);
    assert!(started == 1, "the first job cancelled the pool, but {started} jobs were started");
}

/// A waiting worker wakes to find both a job and the cancel. Repeated, because a `select!` that is not `biased` picks
/// one of them at random.
async fn a_new_job_does_not_start() {
    for _ in 0..64 {
        let jobs = Jobs::that_finish();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(1, &cancel);
        rest().await;
        let mut submit = Polling::new(pool.submit(jobs.job(0)));
        let _ = submit.poll();
        cancel.cancel();
        rest().await;
        let started = jobs.log().started.len();
        assert!(
            started == 0,
            "the pool was cancelled before the worker could take the job, but the job was started"
        );
    }
}

#[test]
fn a_cancel_ends_a_waiting_shutdown() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..5).await;
        let shutdown = spawn(pool.shutdown());
        rest().await;
        // Job 2 starts during the shutdown.
        jobs.open(0);
        rest().await;
        cancel.cancel();
        let _doing = doing("waiting for `shutdown` to return after a cancel");
        shutdown.await.expect("`shutdown` does not panic");
    });
}

#[test]
fn after_a_cancel_the_results_end() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..6).await;
        cancel.cancel();
        rest().await;
        assert!(have_ended(&mut results), "the pool was cancelled, but the results did not end");
    });
}

#[test]
fn after_a_cancel_the_results_end_only_when_no_job_exists() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, results) = jobs.pool_with(2, &cancel);
        let results = Arc::new(Mutex::new(results));
        jobs.submit(&pool, 0..6).await;
        let too_early = Arc::new(AtomicUsize::new(0));
        jobs.on_drop({
            let too_early = too_early.clone();
            move || {
                let ended = have_ended(&mut results.lock().expect("`have_ended` does not panic"));
                too_early.fetch_add(usize::from(ended), SeqCst);
            }
        });
        cancel.cancel();
        rest().await;
        let too_early = too_early.load(SeqCst);
        assert!(too_early == 0, "the results ended before {too_early} of 6 jobs were dropped");
    });
}

#[test]
fn after_a_cancel_the_results_end_even_if_a_submit_is_not_polled() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(1, &cancel);
        jobs.submit(&pool, 0..3).await;
        let mut held = Polling::new(pool.submit(jobs.job(9)));
        assert!(
            held.poll().is_pending(),
            "one job is running and two are queued, but `submit` did not wait"
        );
        // Makes room, which the `submit` that is not polled may have been given.
        jobs.open(0);
        rest().await;
        cancel.cancel();
        let _doing = doing("waiting for the results to end after a cancel");
        read_to_the_end(&mut results).await;
    });
}

#[test]
fn a_cancel_works_after_the_pool_was_dropped() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(1, &cancel);
        jobs.submit(&pool, 0..3).await;
        drop(pool);
        rest().await;
        cancel.cancel();
        rest().await;
        let existing = jobs.log().existing;
        assert!(
            existing.is_empty(),
            "the pool was dropped and then cancelled, but jobs {existing:?} still exist"
        );
    });
}

/// A way to stop using a pool.
type End = fn(WorkerPool<Job>, Results<u32>) -> JoinHandle<()>;

#[test]
fn the_pool_never_cancels_the_token() {
    check_async(|| async {
        let ends: [(&str, End); 3] = [
            ("pool and results were dropped", |pool, results| {
                spawn(async move { drop((pool, results)) })
            }),
            ("the pool was shut down", |pool, results| {
                spawn(async move {
                    pool.shutdown().await;
                    drop(results);
                })
            }),
            ("the results were dropped and the pool was shut down", |pool, results| {
                spawn(async move {
                    drop(results);
                    pool.shutdown().await;
                })
            }),
        ];
        for (what, end) in ends {
            let cancel = CancellationToken::new();
            let jobs = Jobs::that_finish();
            let (pool, results) = jobs.pool_with(2, &cancel);
            jobs.submit(&pool, 0..2).await;
            end(pool, results).await.expect("the pool does not panic");
            rest().await;
            assert!(!cancel.is_cancelled(), "{what}, and the caller's token is cancelled");
        }
    });
}
