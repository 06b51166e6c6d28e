//! Jobs that panic.

use std::panic::resume_unwind;

use harness::doing;
use real_tokio::task::yield_now;
use real_tokio_util::sync::CancellationToken;
use worker_pool::{Results, WorkerPool};

use super::jobs::{Job, Jobs, plain, spawn, start};
use crate::checks::check_async;

/// Panics as part of the check. The panic hook, which reports panics as failures, does not see this one.
fn panic_with(payload: impl Send + 'static) -> u32 {
    resume_unwind(Box::new(payload))
}

/// Submits a job and reads a result.
async fn result_of(
    pool: &WorkerPool<u32>,
    results: &mut Results<u32>,
    job: u32,
) -> Option<Result<u32, String>> {
    let _doing = doing(format!("submitting job {job} and reading its result"));
    assert!(pool.submit(job).await.is_ok(), "`submit` rejected job {job}");
    results.recv().await.map(plain)
}

#[test]
fn a_panicking_job_has_exactly_one_result() {
    check_async(|| async {
        let work = |job: u32| async move {
            yield_now().await;
            if job == 0 { panic_with("job 0") } else { job }
        };
        let (pool, mut results) = start(1, &CancellationToken::new(), work);
        assert!(pool.submit(0).await.is_ok(), "`submit` rejected job 0");
        assert!(pool.submit(1).await.is_ok(), "`submit` rejected job 1");
        spawn(pool.shutdown());
        let mut panicked = 0;
        let _doing =
            doing("waiting for the results to end after `shutdown`, with a job that panicked");
        while let Some(result) = results.recv().await {
            panicked += usize::from(result.is_err());
        }
        assert!(
            panicked == 1,
            "one job panicked, so there should be one `JobPanicked`, but there were {panicked}"
        );
    });
}

#[test]
fn the_result_of_a_panicking_job_has_the_panic_message() {
    check_async(|| async {
        let work = |job: u32| async move {
            yield_now().await;
            match job {
                0 => panic_with("a literal"),
                1 => panic_with(format!("job {job} is odd")),
                _ => panic_with(7_u64),
            }
        };
        let (pool, mut results) = start(1, &CancellationToken::new(), work);
        for (job, message) in [(0, "a literal"), (1, "job 1 is odd")] {
            let result = result_of(&pool, &mut results, job).await;
            assert!(
                result == Some(Err(message.to_owned())),
                "job {job} panicked with the message {message:?}, but its result is {result:?}"
            );
        }
        let result = result_of(&pool, &mut results, 2).await;
        assert!(
            matches!(result, Some(Err(_))),
            "job 2 panicked with a number, but its result is {result:?}"
        );
    });
}

#[test]
fn a_panic_in_the_call_of_work_becomes_the_result() {
    check_async(|| async {
        let work = |job: u32| {
            if job == 0 {
                panic_with("no future");
            }
            async move { job }
        };
        let (pool, mut results) = start(1, &CancellationToken::new(), work);
        let result = result_of(&pool, &mut results, 0).await;
        assert!(
            result == Some(Err("no future".to_owned())),
            "the call `work(job)` panicked with the message \"no future\", but the result is \
             {result:?}"
        );
    });
}

#[test]
fn the_pool_keeps_its_workers_when_jobs_panic() {
    check_async(|| async {
        let jobs = Jobs::new();
        let work = {
            let jobs = jobs.clone();
            move |job: Job| {
                if job.id >= 200 {
                    panic_with("at once");
                }
                let panics = job.id >= 100;
                let run = jobs.run(job);
                async move {
                    if panics {
                        yield_now().await;
                        panic_with("later");
                    }
                    run.await
                }
            }
        };
        let (pool, mut results) = start(3, &CancellationToken::new(), work);
        for id in (100..110).chain(200..210) {
            let _doing = doing(format!("waiting for the result of job {id}, which panicked"));
            jobs.submit(&pool, [id]).await;
            results.recv().await;
        }
        jobs.submit(&pool, 0..4).await;
        let running = jobs.log().running.len();
        assert!(
            running == 3,
            "after 20 jobs panicked, 3 workers should run 3 jobs, but the number of running jobs \
             is {running}"
        );
    });
}
