//! A cancel at some moment.

use std::sync::Arc;

use explorer::seeded::timeline::Lane;
use explorer::seeded::{some_steps_later, the_race_begins};
use harness::check_seeded;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::model::{Model, join, large_sample, sample, shut_down, spawn};
use crate::checks::ANSWER;

#[test]
fn a_cancel_ends_an_idle_pool_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers without a job, a cancel"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        the_race_begins();
        some_steps_later().await;
        main.note("cancels the pool");
        cancel.cancel();
        join([model.reader(results)]).await;
        shut_down(&main, Arc::new(pool)).await;
    });
}

#[test]
fn a_cancel_drops_all_jobs_under_many_schedules() {
    check_seeded(ANSWER, large_sample("one worker, two callers, a cancel"), || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        let callers =
            [model.caller("caller A", &pool, 1..4), model.caller("caller B", &pool, 4..6)];
        the_race_begins();
        some_steps_later().await;
        main.note("cancels the pool");
        cancel.cancel();
        join(callers).await;
        shut_down(&main, pool).await;
        model.assert_all_accepted_dropped("`shutdown` returned after a cancel");
        join([reader]).await;
        model.assert_cancelled();
    });
}

#[test]
fn a_submit_that_meets_a_cancel_leaves_no_job_under_many_schedules() {
    check_seeded(ANSWER, large_sample("one idle worker, a job, a cancel"), || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        let caller = model.caller("caller", &pool, [1]);
        // No pause: the first steps of caller and cancel are what should meet.
        the_race_begins();
        main.note("cancels the pool");
        cancel.cancel();
        join([caller, reader]).await;
        model.assert_cancelled();
    });
}

#[test]
fn a_cancel_drops_all_jobs_even_if_nobody_reads_under_many_schedules() {
    check_seeded(ANSWER, sample("one worker, six jobs, nobody reads, a cancel"), || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        let pool = Arc::new(pool);
        let caller = model.caller("caller", &pool, 1..7);
        the_race_begins();
        some_steps_later().await;
        main.note("cancels the pool");
        cancel.cancel();
        join([caller]).await;
        shut_down(&main, pool).await;
        join([model.reader(results)]).await;
        model.assert_cancelled();
    });
}

#[test]
fn a_cancel_ends_a_waiting_shutdown_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers, four jobs, a cancel during `shutdown`"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        for id in 1..5 {
            model.submit(&main, &pool, id).await;
        }
        let canceller = Lane::new("canceller");
        let reader = model.reader(results);
        let task = spawn(async move {
            some_steps_later().await;
            canceller.note("cancels the pool");
            cancel.cancel();
        });
        shut_down(&main, Arc::new(pool)).await;
        join([task, reader]).await;
        model.assert_cancelled();
    });
}

#[test]
fn a_cancel_drops_the_jobs_of_a_dropped_pool_under_many_schedules() {
    let sample = sample("jobs that never finish; pool and results are dropped, then a cancel");
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| std::future::pending());
        for id in 1..4 {
            model.submit(&main, &pool, id).await;
        }
        main.note("drops the pool and the results");
        drop((pool, results));
        main.note("cancels the pool");
        cancel.cancel();
        model.wait_until_dropped(&main, 3).await;
    });
}
