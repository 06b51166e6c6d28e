//! Results: when they come, in which order, and what happens when nobody reads them.

use std::sync::Arc;

use harness::doing;

use super::jobs::{Jobs, plain, read_available, rest};
use crate::checks::check_async;

#[test]
fn a_result_can_be_read_as_soon_as_its_job_has_finished() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(3);
        jobs.submit(&pool, 0..3).await;
        for id in [2, 0, 1] {
            jobs.open(id);
            rest().await;
            let read = read_available(&mut results);
            assert!(
                read == [id],
                "job {id} has finished, so its result should be available, but the available \
                 results are {read:?}"
            );
        }
    });
}

#[test]
fn results_come_in_the_order_in_which_jobs_finish() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(4);
        jobs.submit(&pool, 0..4).await;
        for id in [3, 1, 2, 0] {
            jobs.open(id);
            rest().await;
        }
        let read = read_available(&mut results);
        assert!(
            read == [3, 1, 2, 0],
            "the jobs finished in the order [3, 1, 2, 0], but their results came in the order \
             {read:?}"
        );
    });
}

#[test]
fn every_accepted_job_has_exactly_one_result() {
    check_async(|| async {
        for number in [1, 4] {
            let jobs = Jobs::that_finish();
            let (pool, mut results) = jobs.pool(number);
            let pool = Arc::new(pool);
            for id in 0..50 {
                jobs.submit_later(&pool, id);
            }
            let mut read = Vec::new();
            for count in 0..50 {
                let _doing = doing(format!("reading 50 results, of which {count} have come"));
                let result = results.recv().await.map(plain);
                let Some(Ok(id)) = result else {
                    panic!("50 jobs were submitted: after {count} results came {result:?}");
                };
                read.push(id);
            }
            rest().await;
            read.extend(read_available(&mut results));
            read.sort_unstable();
            let expected: Vec<u32> = (0..50).collect();
            assert!(
                read == expected,
                "jobs 0 to 49 should have one result each, but the results are {read:?}"
            );
        }
    });
}

#[test]
fn dropping_full_results_unblocks_the_workers() {
    check_async(|| async {
        let jobs = Jobs::that_finish();
        let (pool, results) = jobs.pool(2);
        let pool = Arc::new(pool);
        for id in 0..20 {
            jobs.submit_later(&pool, id);
        }
        rest().await;
        drop(results);
        rest().await;
        let finished = jobs.log().finished.len();
        assert!(
            finished == 20,
            "the results were dropped when they were full: 20 jobs should be run, but only \
             {finished} were"
        );
    });
}
