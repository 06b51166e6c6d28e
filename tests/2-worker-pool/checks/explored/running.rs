//! Running jobs: results, order, bounds.

use std::sync::{Arc, Mutex};

use explorer::seeded::timeline::Lane;
use explorer::seeded::{pause, the_race_begins};
use harness::check_seeded;
use tokio::sync::{Notify, Semaphore};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::model::{Model, join, large_sample, sample, shut_down};
use crate::checks::ANSWER;

#[test]
fn every_job_has_exactly_one_result_under_many_schedules() {
    check_seeded(ANSWER, large_sample("two workers, two callers with two jobs each"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        join([model.caller("caller A", &pool, 1..3), model.caller("caller B", &pool, 3..5)]).await;
        shut_down(&main, pool).await;
        join([reader]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn jobs_start_in_order_under_many_schedules() {
    check_seeded(ANSWER, large_sample("two workers, one caller with five jobs"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        let reader = model.reader(results);
        for id in 1..6 {
            model.submit(&main, &pool, id).await;
        }
        shut_down(&main, Arc::new(pool)).await;
        join([reader]).await;
        let started = model.state().started;
        assert!(
            started == [1, 2, 3, 4, 5],
            "jobs 1 to 5 were accepted in order, but started in the order {started:?}"
        );
    });
}

/// Lets jobs pass in pairs.
#[derive(Default)]
struct Meeting {
    arrived: Mutex<usize>,
    arrival: Notify,
}

impl Meeting {
    fn arrived(&self) -> usize {
        *self.arrived.lock().expect("no code that can panic runs under this lock")
    }

    async fn wait_for_another(&self) {
        let before = self.arrived();
        *self.arrived.lock().expect("no code that can panic runs under this lock") += 1;
        self.arrival.notify_waiters();
        loop {
            let arrival = self.arrival.notified();
            if self.arrived() >= before / 2 * 2 + 2 {
                return;
            }
            arrival.await;
        }
    }
}

#[test]
fn all_workers_run_jobs_under_many_schedules() {
    let sample = large_sample("two workers, jobs that wait until two of them run at the same time");
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let meeting = Arc::new(Meeting::default());
        let (pool, results) = model.pool(&CancellationToken::new(), move |id| {
            let meeting = meeting.clone();
            async move {
                let _waiting = Lane::new(format!("job {id}"))
                    .wait("no other job is started to run at the same time");
                meeting.wait_for_another().await;
            }
        });
        let reader = model.reader(results);
        for id in 1..5 {
            model.submit(&main, &pool, id).await;
        }
        shut_down(&main, Arc::new(pool)).await;
        join([reader]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn the_queue_is_bounded_under_many_schedules() {
    let sample = sample("one busy worker, room for two jobs, three callers");
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let gate = Arc::new(Semaphore::new(0));
        let started = Arc::new(Notify::new());
        let (closed, start) = (gate.clone(), started.clone());
        let (pool, results) = model.pool(&CancellationToken::new(), move |_| {
            start.notify_one();
            let closed = closed.clone();
            async move {
                let _open = closed.acquire().await;
            }
        });
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        model.submit(&main, &pool, 1).await;
        started.notified().await;
        the_race_begins();
        let callers = [2, 3, 4].map(|id| model.caller(&format!("caller {id}"), &pool, [id]));
        pause().await;
        let accepted = model.state().accepted.len() - 1;
        assert!(
            accepted <= 2,
            "the worker is busy and the queue has room for 2 jobs, but {accepted} were accepted"
        );
        main.note("lets the jobs finish");
        gate.close();
        join(callers).await;
        shut_down(&main, pool).await;
        join([reader]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn a_result_does_not_wait_for_other_jobs_under_many_schedules() {
    let sample = sample("two workers; job 1 waits until the result of job 2 was read");
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let read = Arc::new(Notify::new());
        let wait_for_it = read.clone();
        let (pool, mut results) = model.pool(&CancellationToken::new(), move |id| {
            let read = wait_for_it.clone();
            async move {
                if id == 1 {
                    let _waiting = Lane::new("job 1").wait("the result of job 2 is never read");
                    read.notified().await;
                }
            }
        });
        model.submit(&main, &pool, 1).await;
        model.submit(&main, &pool, 2).await;
        for expected in [2, 1] {
            let result = main.call("reads a result", "no result comes", results.recv()).await;
            let id = result.and_then(Result::ok);
            assert!(
                id == Some(expected),
                "expected the result of job {expected}, got that of {id:?}"
            );
            main.note(format!("has the result of job {expected}"));
            read.notify_one();
        }
        shut_down(&main, Arc::new(pool)).await;
    });
}
