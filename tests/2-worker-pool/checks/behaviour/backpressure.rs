//! The bounds of queue and results, and who waits when one is reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use real_tokio::time::sleep;

use super::jobs::{Jobs, YEAR, rest, spawn};
use crate::checks::check_async;

#[test]
fn the_queue_holds_twice_as_many_jobs_as_there_are_workers() {
    check_async(|| async {
        for number in [1, 3] {
            let jobs = Jobs::new();
            let (pool, _results) = jobs.pool(number);
            let accepted = Arc::new(AtomicUsize::new(0));
            spawn({
                let (jobs, accepted) = (jobs.clone(), accepted.clone());
                async move {
                    for id in 0.. {
                        if pool.submit(jobs.job(id)).await.is_err() {
                            return;
                        }
                        accepted.fetch_add(1, SeqCst);
                        rest().await;
                    }
                }
            });
            sleep(Duration::from_secs(60)).await;
            let (accepted, expected) = (accepted.load(SeqCst), 3 * number);
            assert!(
                accepted == expected,
                "{number} running and {} queued jobs should have been accepted, {expected} in \
                 total, but {accepted} were",
                2 * number
            );
        }
    });
}

#[test]
fn submit_waits_while_the_queue_is_full() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(1);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..3).await;
        let waiting = jobs.submit_later(&pool, 3);
        sleep(YEAR).await;
        assert!(!waiting.is_finished(), "the queue is full, but `submit` returned");
    });
}

#[test]
fn a_waiting_submit_returns_when_there_is_room() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(2);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..6).await;
        let waiting = [6, 7, 8].map(|id| jobs.submit_later(&pool, id));
        rest().await;
        jobs.open(0);
        jobs.open(1);
        rest().await;
        let returned = waiting.iter().filter(|submit| submit.is_finished()).count();
        assert!(
            returned == 2,
            "2 jobs were taken from a full queue, so 2 of 3 waiting `submit` calls should have \
             returned, but {returned} did"
        );
    });
}

#[test]
fn the_results_hold_twice_as_many_as_there_are_workers() {
    check_async(|| async {
        for number in [1, 3] {
            let jobs = Jobs::that_finish();
            let (pool, results) = jobs.pool(number);
            let pool = Arc::new(pool);
            for id in 0..8 * number as u32 {
                jobs.submit_later(&pool, id);
            }
            sleep(Duration::from_secs(60)).await;
            let (available, expected) = (results.len(), 2 * number);
            assert!(
                available == expected,
                "`workers` is {number} and nobody reads: {expected} results should be available, \
                 but {available} are"
            );
        }
    });
}

#[test]
fn a_worker_is_busy_until_its_result_is_sent() {
    check_async(|| async {
        for number in [1, 3] {
            let jobs = Jobs::that_finish();
            let (pool, _results) = jobs.pool(number);
            let pool = Arc::new(pool);
            for id in 0..8 * number as u32 {
                jobs.submit_later(&pool, id);
            }
            sleep(Duration::from_secs(60)).await;
            let (finished, most) = (jobs.log().finished.len(), 3 * number);
            assert!(
                finished <= most,
                "`workers` is {number} and nobody reads: {} results fit into the channel, and each \
                 worker can hold one more, so at most {most} jobs can finish, but {finished} did",
                2 * number
            );
        }
    });
}

#[test]
fn a_running_job_makes_progress_while_the_results_are_full() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(2);
        jobs.submit(&pool, 0..6).await;
        // Job 0 keeps one worker busy; the other one fills the results with jobs 1 to 4.
        for id in 1..6 {
            jobs.open(id);
            rest().await;
        }
        jobs.open(0);
        rest().await;
        let finished = jobs.log().finished.contains(&0);
        assert!(finished, "job 0 was running, and did not finish because the results are full");
    });
}
