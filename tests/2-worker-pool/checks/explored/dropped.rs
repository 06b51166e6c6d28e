//! `submit` and `shutdown` calls, results and pools that are dropped.

use std::sync::Arc;

use explorer::seeded::timeline::Lane;
use explorer::seeded::{pause, some_steps_later, the_race_begins};
use harness::check_seeded;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::model::{Model, join, large_sample, sample, shut_down, spawn};
use crate::checks::ANSWER;

#[test]
fn a_dropped_submit_leaves_no_job_and_takes_no_room_under_many_schedules() {
    let sample = large_sample("one worker, a full queue, two `submit` calls that are dropped");
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let open = Arc::new(Semaphore::new(0));
        let gate = open.clone();
        let (pool, results) = model.pool(&CancellationToken::new(), move |_| {
            let gate = gate.clone();
            async move {
                let _open = gate.acquire().await;
            }
        });
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        for id in 1..4 {
            model.submit(&main, &pool, id).await;
        }
        let impatient = [8, 9].map(|id| {
            let (model, pool, lane) = (model.clone(), pool.clone(), Lane::new("impatient"));
            spawn(async move {
                tokio::select! {
                    biased;
                    _ = model.submit(&lane, &pool, id) => {}
                    () = some_steps_later() => lane.note(format!("drops its submit of job {id}")),
                }
            })
        });
        the_race_begins();
        main.note("lets the jobs finish");
        open.close();
        join(impatient).await;
        // More jobs than the queue holds, so that each place is needed.
        for id in 4..8 {
            model.submit(&main, &pool, id).await;
        }
        shut_down(&main, pool).await;
        join([reader]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn jobs_are_run_after_the_results_were_dropped_under_many_schedules() {
    check_seeded(ANSWER, sample("one worker, six jobs, results that are dropped"), || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let (pool, mut results) = model.pool(&CancellationToken::new(), |_| yield_now());
        let pool = Arc::new(pool);
        let caller = model.caller("caller", &pool, 1..7);
        main.call("reads a result", "no result comes", results.recv()).await;
        main.note("drops the results");
        drop(results);
        join([caller]).await;
        shut_down(&main, pool).await;
        let finished = model.state().finished.len();
        assert!(
            finished == 6,
            "`shutdown` returned after 6 jobs were accepted, but {finished} have finished"
        );
    });
}

#[test]
fn the_results_of_a_dropped_idle_pool_end_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers without a job, a pool that is dropped"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        the_race_begins();
        pause().await;
        main.note("drops the pool");
        drop(pool);
        join([model.reader(results)]).await;
    });
}

#[test]
fn a_dropped_pool_still_runs_the_queued_jobs_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers, four jobs, a pool that is dropped"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        for id in 1..5 {
            model.submit(&main, &pool, id).await;
        }
        the_race_begins();
        main.note("drops the pool");
        drop(pool);
        join([model.reader(results)]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn a_dropped_shutdown_still_runs_the_queued_jobs_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("two workers, four jobs, a `shutdown` that is dropped"),
        || async {
            let model = Model::new(2);
            let main = Lane::new("main");
            let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
            for id in 1..5 {
                model.submit(&main, &pool, id).await;
            }
            main.note("calls shutdown");
            tokio::select! {
                biased;
                () = pool.shutdown() => main.note("shutdown returns"),
                () = pause() => main.note("drops the future of shutdown"),
            }
            join([model.reader(results)]).await;
            model.assert_all_have_results();
        },
    );
}
