//! Jobs, and the workers that run them.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use harness::{Polling, doing};
use real_tokio::task::yield_now;
use real_tokio_util::sync::CancellationToken;

use super::jobs::{Jobs, plain, read_available, rest, start};
use crate::checks::check_async;

#[test]
fn a_job_is_run_and_its_result_can_be_read() {
    check_async(|| async {
        let (pool, mut results) = start(1, &CancellationToken::new(), |job: u32| async move {
            yield_now().await;
            job * job
        });
        for job in [3, 5] {
            let _doing = doing(format!("submitting job {job} and reading its result"));
            assert!(pool.submit(job).await.is_ok(), "`submit` rejected job {job}");
            let result = results.recv().await.map(plain);
            let expected = Some(Ok(job * job));
            assert!(
                result == expected,
                "expected the result {expected:?} of job {job}, got {result:?}"
            );
        }
    });
}

#[test]
fn every_worker_runs_a_job_at_the_same_time() {
    check_async(|| async {
        // The number of workers does not depend on the machine.
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        for number in [1, 2, processors + 1] {
            let jobs = Jobs::new();
            let (pool, _results) = jobs.pool(number);
            jobs.submit(&pool, 0..2 * number as u32 + 1).await;
            let running = jobs.log().running.len();
            assert!(
                running >= number,
                "`workers` is {number} and there are enough jobs, but the number of running jobs is \
                 {running}"
            );
        }
    });
}

#[test]
fn no_more_jobs_run_at_the_same_time_than_there_are_workers() {
    check_async(|| async {
        for number in [1, 2, 5] {
            let jobs = Jobs::new();
            let (pool, mut results) = jobs.pool(number);
            jobs.submit(&pool, 0..2 * number as u32 + 1).await;
            for id in 0..2 * number as u32 + 1 {
                jobs.open(id);
                rest().await;
                read_available(&mut results);
            }
            let most = jobs.log().most_running;
            assert!(most <= number, "`workers` is {number}, but {most} jobs ran at the same time");
        }
    });
}

#[test]
fn jobs_start_in_the_order_in_which_they_were_accepted() {
    check_async(|| async {
        for number in [1, 2] {
            let jobs = Jobs::new();
            let (pool, mut results) = jobs.pool(number);
            jobs.submit(&pool, 0..3 * number as u32).await;
            for _ in 0..3 * number {
                // The running job that started last finishes first.
                let last = *jobs.log().running.last().expect("a job is running");
                jobs.open(last);
                rest().await;
                read_available(&mut results);
            }
            let started = jobs.log().started;
            let accepted: Vec<u32> = (0..3 * number as u32).collect();
            assert!(
                started == accepted,
                "the jobs were accepted in the order {accepted:?}, but started in the order \
                 {started:?}"
            );
        }
    });
}

#[test]
fn work_is_called_only_when_a_worker_is_free() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(2);
        rest().await;
        for id in 0..6 {
            let before = jobs.log().started.len();
            let mut submit = Polling::new(pool.submit(jobs.job(id)));
            let mut accepted = submit.poll().is_ready();
            let after = jobs.log().started.len();
            assert!(before == after, "`submit` itself called `work` with job {id}");
            rest().await;
            if !accepted {
                accepted = submit.poll().is_ready();
                rest().await;
            }
            assert!(accepted, "`submit` of job {id} waits, but the queue has room");
        }
        let started = jobs.log().started;
        assert!(
            started == [0, 1],
            "jobs 0 and 1 keep both workers busy, but `work` was called with {started:?}"
        );
    });
}
