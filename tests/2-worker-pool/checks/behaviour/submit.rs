//! `submit` calls that are dropped, or not polled.

use std::sync::Arc;

use harness::Polling;

use super::jobs::{Jobs, read_available, rest};
use crate::checks::check_async;

const NOT_FULL: &str = "one job is running and two are queued, but `submit` did not wait";

#[test]
fn a_dropped_submit_leaves_no_job_in_the_pool() {
    check_async(|| async {
        for with_room in [false, true] {
            let jobs = Jobs::new();
            let (pool, mut results) = jobs.pool(1);
            jobs.submit(&pool, 0..3).await;
            let mut dropped = Polling::new(pool.submit(jobs.job(9)));
            assert!(dropped.poll().is_pending(), "{NOT_FULL}");
            if with_room {
                jobs.open(0);
                rest().await;
            }
            drop(dropped);
            jobs.open_all();
            for _ in 0..4 {
                rest().await;
                read_available(&mut results);
            }
            let started = jobs.log().started.contains(&9);
            assert!(!started, "the `submit` of job 9 was dropped, but job 9 was run");
            let exists = jobs.log().existing.contains(&9);
            assert!(!exists, "the `submit` of job 9 was dropped, but job 9 still exists");
        }
    });
}

#[test]
fn a_dropped_submit_takes_no_room_in_the_queue() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(1);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..3).await;
        for id in 10..20 {
            let mut dropped = Polling::new(pool.submit(jobs.job(id)));
            assert!(dropped.poll().is_pending(), "{NOT_FULL}");
        }
        // One more is dropped after room was made for it.
        let mut woken = Polling::new(pool.submit(jobs.job(20)));
        assert!(woken.poll().is_pending(), "{NOT_FULL}");
        let next = jobs.submit_later(&pool, 3);
        rest().await;
        jobs.open(0);
        rest().await;
        drop(woken);
        rest().await;
        assert!(
            next.is_finished(),
            "a job was taken from the queue and all other `submit` calls were dropped, but \
             `submit` of job 3 still waits"
        );
    });
}

#[test]
fn a_submit_that_is_not_polled_does_not_block_others() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(2);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..6).await;
        let mut held = Polling::new(pool.submit(jobs.job(9)));
        assert!(
            held.poll().is_pending(),
            "two jobs run and four are queued, but `submit` returned"
        );
        let others: Vec<_> = (6..9).map(|id| jobs.submit_later(&pool, id)).collect();
        for id in 0..4 {
            jobs.open(id);
            rest().await;
            read_available(&mut results);
        }
        // Four jobs were taken from the queue; the `submit` that is not polled may keep one place.
        let returned = others.iter().filter(|submit| submit.is_finished()).count();
        assert!(
            returned == 3,
            "the queue has room, and one `submit` is not polled: the other 3 should have \
             returned, but {returned} did"
        );
    });
}
