//! `shutdown`, of busy pools and of idle ones.

use std::sync::Arc;

use explorer::seeded::the_race_begins;
use explorer::seeded::timeline::Lane;
use harness::check_seeded;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::model::{Model, large_sample, sample, shut_down};
use crate::checks::ANSWER;

#[test]
fn shutdown_returns_after_the_last_result_under_many_schedules() {
    let sample = sample("two workers, two jobs, results read after `shutdown`");
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, mut results) = model.pool(&CancellationToken::new(), |_| yield_now());
        for id in [1, 2] {
            model.submit(&main, &pool, id).await;
        }
        the_race_begins();
        shut_down(&main, Arc::new(pool)).await;
        for sent in 0..2 {
            let result = results.try_recv();
            assert!(
                result.is_ok(),
                "`shutdown` returned, but only {sent} of 2 results can be read"
            );
            main.note("reads a result");
        }
    });
}

#[test]
fn an_idle_pool_runs_a_job_and_shuts_down_under_many_schedules() {
    check_seeded(ANSWER, large_sample("two workers, one job at a time"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, mut results) = model.pool(&CancellationToken::new(), |_| yield_now());
        for id in [1, 2] {
            the_race_begins();
            model.submit(&main, &pool, id).await;
            let result = main.call("reads a result", "no result comes", results.recv()).await;
            let read = result.and_then(Result::ok);
            assert!(read == Some(id), "expected the result of job {id}, got that of {read:?}");
        }
        the_race_begins();
        shut_down(&main, Arc::new(pool)).await;
        let end = main.call("reads on", "the results do not end", results.recv()).await;
        assert!(end.is_none(), "two jobs were accepted, but there is a third result");
    });
}
