//! `shutdown`, and what happens when it or the pool is dropped.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::thread;

use harness::{Polling, doing};
use real_tokio::time::sleep;
use real_tokio_util::sync::CancellationToken;
use worker_pool::WorkerPool;

use super::jobs::{Jobs, YEAR, read_to_the_end, rest, shut_down, spawn, start};
use crate::checks::check_async;

#[test]
fn shutdown_waits_for_every_accepted_job() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(2);
        jobs.submit(&pool, 0..6).await;
        let shutdown = spawn(pool.shutdown());
        spawn(async move { read_to_the_end(&mut results).await });
        for id in 0..6 {
            sleep(YEAR).await;
            assert!(
                !shutdown.is_finished(),
                "`shutdown` returned, but accepted job {id} has not finished"
            );
            jobs.open(id);
        }
        let _doing = doing("waiting for `shutdown` to return now that all jobs have finished");
        shutdown.await.expect("`shutdown` does not panic");
    });
}

#[test]
fn shutdown_waits_until_every_result_is_sent() {
    check_async(|| async {
        let jobs = Jobs::that_finish();
        let (pool, mut results) = jobs.pool(1);
        let pool = Arc::new(pool);
        for id in 0..4 {
            jobs.submit_later(&pool, id);
        }
        rest().await;
        let pool = Arc::into_inner(pool).expect("four jobs are accepted");
        let shutdown = spawn(pool.shutdown());
        sleep(YEAR).await;
        assert!(
            !shutdown.is_finished(),
            "the channel has room for 2 of 4 results, but `shutdown` returned before the others \
             were sent"
        );
        results.recv().await;
        results.recv().await;
        let _doing = doing("waiting for `shutdown` to return now that every result can be sent");
        shutdown.await.expect("`shutdown` does not panic");
    });
}

#[test]
fn the_results_end_after_shutdown() {
    check_async(|| async {
        let jobs = Jobs::that_finish();
        let (pool, mut results) = jobs.pool(2);
        jobs.submit(&pool, 0..3).await;
        let _doing = doing("waiting for the results to end after `shutdown`");
        shut_down(pool).await;
        read_to_the_end(&mut results).await;
    });
}

#[test]
fn a_dropped_shutdown_still_runs_the_queued_jobs() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(1);
        jobs.submit(&pool, 0..3).await;
        let mut shutdown = Polling::new(pool.shutdown());
        assert!(shutdown.poll().is_pending(), "`shutdown` returned, but no job has finished");
        drop(shutdown);
        rest().await;
        jobs.open_all();
        let _doing = doing("waiting for the results to end after `shutdown` was dropped");
        read_to_the_end(&mut results).await;
        let finished = jobs.log().finished;
        assert!(
            finished == [0, 1, 2],
            "`shutdown` was dropped: accepted jobs 0, 1 and 2 should be run, but {finished:?} were"
        );
    });
}

#[test]
fn a_dropped_pool_still_runs_the_queued_jobs() {
    check_async(|| async {
        for number in [1, 2] {
            let jobs = Jobs::new();
            let (pool, mut results) = jobs.pool(number);
            jobs.submit(&pool, 0..3).await;
            drop(pool);
            rest().await;
            jobs.open_all();
            let _doing = doing("waiting for the results to end after the pool was dropped");
            read_to_the_end(&mut results).await;
            let mut finished = jobs.log().finished;
            finished.sort_unstable();
            assert!(
                finished == [0, 1, 2],
                "the pool was dropped: accepted jobs 0, 1 and 2 should be run, but {finished:?} \
                 were"
            );
        }
    });
}

/// A job that may own the pool in whose queue it is.
struct Owner {
    _pool: Arc<Mutex<Option<WorkerPool<Owner>>>>,
}

#[test]
fn a_pool_may_be_dropped_anywhere() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(1);
        rest().await;
        let doing_this = doing("dropping the pool on a thread outside of the runtime");
        thread::spawn(|| drop(pool)).join().expect("a panic ends the check");
        read_to_the_end(&mut results).await;
        drop(doing_this);

        let cancel = CancellationToken::new();
        let work = |owner: Owner| async move {
            pending::<()>().await;
            drop(owner);
        };
        let (pool, mut results) = start(1, &cancel, work);
        let owned = Arc::new(Mutex::new(None));
        for _pool in [Arc::default(), owned.clone()] {
            assert!(pool.submit(Owner { _pool }).await.is_ok(), "the pool has room for two jobs");
            rest().await;
        }
        *owned.lock().expect("nobody has panicked") = Some(pool);
        drop(owned);
        cancel.cancel();
        let _doing = doing("cancelling a pool whose queued job owns it, and drops it");
        assert!(results.recv().await.is_none(), "a job that never ends has a result");
    });
}
