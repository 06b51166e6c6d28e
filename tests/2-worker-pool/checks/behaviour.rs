//! What the pool does, on a clock that stands still while anything can run: so it can be
//! looked at when it is at rest, and a wait for ever takes no time.

#![allow(clippy::drop_non_drop, reason = "an answer's pool may do without a destructor")]

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::{Polling, assert_send, doing};
use real_tokio::spawn;
use real_tokio::sync::Notify;
use real_tokio::sync::mpsc::error::TryRecvError;
use real_tokio::task::{JoinHandle, yield_now};
use real_tokio::time::sleep;
use real_tokio_util::sync::CancellationToken;
use worker_pool::{Rejected, Results, WorkerPool};

use super::jobs::{Job, Jobs, plain, read_all, rest};

use super::check_async;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

fn workers(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("at least one worker")
}

/// Hands in a job on a task of its own.
fn submit_later(pool: &Arc<WorkerPool<Job>>, job: Job) -> JoinHandle<Result<(), Rejected<Job>>> {
    let pool = pool.clone();
    spawn(async move { pool.submit(job).await })
}

/// Reads the results to their end.
async fn read_to_the_end(results: &mut Results<u32>) -> Vec<u32> {
    let mut read = Vec::new();
    while let Some(result) = results.recv().await {
        read.push(result.unwrap_or_else(|panic| panic!("a job panicked: {}", panic.message)));
    }
    read
}

/// Whether there is no result, and will be none.
fn have_ended(results: &mut Results<u32>) -> bool {
    matches!(results.try_recv(), Err(TryRecvError::Disconnected))
}

// Jobs and workers.

#[test]
fn a_job_is_worked_on_and_its_result_can_be_read() {
    check_async(|| async {
        let (pool, mut results) =
            WorkerPool::start(workers(1), CancellationToken::new(), |job: u32| async move {
                yield_now().await;
                job * job
            });
        for job in [3, 5] {
            let _doing = doing(format!("job {job} is worked on"));
            assert!(pool.submit(job).await.is_ok(), "job {job} is rejected");
            let result = results.recv().await.map(plain);
            assert!(result == Some(Ok(job * job)), "of job {job}, the result is {result:?}");
        }
    });
}

#[test]
fn as_many_jobs_run_at_once_as_there_are_workers() {
    check_async(|| async {
        for number in [1, 2, 5] {
            let jobs = Jobs::new();
            let (pool, mut results) = jobs.pool(number);
            jobs.submit(&pool, 0..2 * number as u32 + 1).await;
            let running = jobs.book().running.len();
            assert!(
                running == number,
                "of {number} workers and more jobs than that, {running} jobs run at once"
            );
            for id in 0..2 * number as u32 + 1 {
                jobs.open(id);
                rest().await;
                read_all(&mut results);
            }
            let most = jobs.book().most_running;
            assert!(most == number, "with {number} workers, {most} jobs ran at once");
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
            // The last of those that run ends first.
            for _ in 0..3 * number {
                let last = *jobs.book().running.last().expect("a job runs");
                jobs.open(last);
                rest().await;
                read_all(&mut results);
            }
            let started = jobs.book().started.clone();
            let accepted: Vec<u32> = (0..3 * number as u32).collect();
            assert!(started == accepted, "accepted as {accepted:?}, started as {started:?}");
        }
    });
}

#[test]
fn work_is_called_when_the_turn_of_a_job_has_come() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(2);
        rest().await;
        for id in 0..6 {
            let before = jobs.book().started.len();
            let mut submit = Polling::new(pool.submit(jobs.job(id)));
            let mut accepted = submit.poll().is_ready();
            let after = jobs.book().started.len();
            assert!(before == after, "`submit` itself calls `work`");
            rest().await;
            if !accepted {
                accepted = submit.poll().is_ready();
                rest().await;
            }
            assert!(accepted, "job {id} has to wait, although there is room for it");
        }
        let started = jobs.book().started.clone();
        assert!(started == [0, 1], "two workers have a job, and `work` was called for {started:?}");
    });
}

// Bounds.

#[test]
fn the_queue_holds_twice_as_many_jobs_as_there_are_workers() {
    check_async(|| async {
        for number in [1, 3] {
            let jobs = Jobs::new();
            let (pool, _results) = jobs.pool(number);
            let pool = Arc::new(pool);
            let accepted = Arc::new(AtomicUsize::new(0));
            spawn({
                let (jobs, pool, accepted) = (jobs.clone(), pool.clone(), accepted.clone());
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
            let queued = accepted.load(SeqCst) - number;
            assert!(
                queued == 2 * number,
                "{number} workers have a job each, and {queued} more were accepted"
            );
        }
    });
}

#[test]
fn submit_waits_for_room() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(1);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..3).await;
        let first = submit_later(&pool, jobs.job(3));
        let second = submit_later(&pool, jobs.job(4));
        sleep(YEAR).await;
        assert!(!first.is_finished() && !second.is_finished(), "the queue is full, and accepts");
        jobs.open(0);
        rest().await;
        let accepted = [&first, &second].iter().filter(|task| task.is_finished()).count();
        assert!(accepted == 1, "a job was taken from a full queue, and {accepted} were accepted");
        jobs.open(1);
        rest().await;
        assert!(first.is_finished() && second.is_finished(), "there is room, and `submit` waits");
    });
}

#[test]
fn twice_as_many_results_as_workers_wait_to_be_read() {
    check_async(|| async {
        for number in [1, 3] {
            let jobs = Jobs::that_end();
            let (pool, mut results) = jobs.pool(number);
            let pool = Arc::new(pool);
            let submits: Vec<_> =
                (0..8 * number as u32).map(|id| submit_later(&pool, jobs.job(id))).collect();
            sleep(Duration::from_secs(60)).await;
            let waiting = results.len();
            assert!(
                waiting == 2 * number,
                "with {number} workers and nobody who reads, {waiting} results wait"
            );
            // One by one: each that is read makes room for the next.
            for read in 0..8 * number {
                let result = results.recv().await.map(plain);
                assert!(matches!(result, Some(Ok(_))), "result {read} is {result:?}");
            }
            for submit in submits {
                assert!(submit.await.is_ok_and(|accepted| accepted.is_ok()), "a job is rejected");
            }
        }
    });
}

#[test]
fn a_worker_is_busy_until_its_result_is_sent() {
    check_async(|| async {
        for number in [1, 3] {
            let jobs = Jobs::that_end();
            let (pool, _results) = jobs.pool(number);
            let pool = Arc::new(pool);
            for id in 0..8 * number as u32 {
                submit_later(&pool, jobs.job(id));
            }
            sleep(Duration::from_secs(60)).await;
            let ended = jobs.book().ended.len();
            assert!(
                ended <= 3 * number,
                "nobody reads: {number} workers with a result in hand, {} in the channel, \
                 and yet {ended} jobs have ended",
                2 * number
            );
        }
    });
}

#[test]
fn a_running_job_goes_on_while_results_are_full() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, _results) = jobs.pool(2);
        // One runs, while the other worker fills the results, and has one more in hand.
        jobs.submit(&pool, 0..6).await;
        for id in 1..6 {
            jobs.open(id);
            rest().await;
        }
        jobs.open(0);
        rest().await;
        let ended = jobs.book().ended.contains(&0);
        assert!(ended, "a job that runs stands still because nobody reads results");
    });
}

// Results.

#[test]
fn a_result_can_be_read_as_soon_as_its_job_has_ended() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(3);
        jobs.submit(&pool, 0..3).await;
        for id in [2, 0, 1] {
            jobs.open(id);
            rest().await;
            let read = read_all(&mut results);
            assert!(read == [id], "job {id} has ended, and what can be read is {read:?}");
        }
    });
}

#[test]
fn results_come_in_the_order_in_which_jobs_end() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(4);
        jobs.submit(&pool, 0..4).await;
        for id in [3, 1, 2, 0] {
            jobs.open(id);
            rest().await;
        }
        let read = read_all(&mut results);
        assert!(read == [3, 1, 2, 0], "jobs ended as [3, 1, 2, 0], and results come as {read:?}");
    });
}

#[test]
fn every_accepted_job_has_exactly_one_result() {
    check_async(|| async {
        for number in [1, 4] {
            let jobs = Jobs::that_end();
            let (pool, mut results) = jobs.pool(number);
            let pool = Arc::new(pool);
            for id in 0..50 {
                submit_later(&pool, jobs.job(id));
            }
            let mut read = Vec::new();
            for _ in 0..50 {
                let _doing = doing("results are read");
                let result = results.recv().await;
                read.push(result.and_then(Result::ok).expect("fewer results than jobs"));
            }
            rest().await;
            assert!(results.is_empty(), "more results than jobs");
            read.sort_unstable();
            assert!(read == (0..50).collect::<Vec<_>>(), "results of other jobs: {read:?}");
        }
    });
}

// A submit that is given up.

#[test]
fn a_dropped_submit_leaves_no_job() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(1);
        jobs.submit(&pool, 0..3).await;
        let mut dropped = Polling::new(pool.submit(jobs.job(9)));
        assert!(dropped.poll().is_pending(), "the queue is full, and accepts");
        drop(dropped);
        rest().await;
        assert!(!jobs.book().existing.contains(&9), "the `submit` is gone, its job is not");
        jobs.open_all();
        drop(pool);
        let _doing = doing("the pool was dropped, and the results are to end");
        let read = read_to_the_end(&mut results).await;
        assert!(read == [0, 1, 2], "the `submit` of job 9 was dropped; the results are {read:?}");
    });
}

#[test]
fn a_dropped_submit_leaves_no_place() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(1);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..3).await;
        for id in 10..20 {
            let mut dropped = Polling::new(pool.submit(jobs.job(id)));
            assert!(dropped.poll().is_pending(), "the queue is full, and accepts");
        }
        // One more is dropped when there is room for it already.
        let mut chosen = Polling::new(pool.submit(jobs.job(20)));
        assert!(chosen.poll().is_pending(), "the queue is full, and accepts");
        let _doing = doing("a job is submitted after others were given up");
        let next = submit_later(&pool, jobs.job(3));
        rest().await;
        jobs.open(0);
        rest().await;
        drop(chosen);
        rest().await;
        assert!(next.is_finished(), "there is room for a job, but dropped `submit`s have it");
        jobs.open_all();
        rest().await;
        let read = read_all(&mut results);
        assert!(read.starts_with(&[0, 1]), "the results are {read:?}");
    });
}

#[test]
fn a_submit_that_is_not_polled_blocks_no_other() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(2);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..6).await;
        let mut held = Polling::new(pool.submit(jobs.job(9)));
        assert!(held.poll().is_pending(), "the queue is full, and accepts");
        let others: Vec<_> = (6..9).map(|id| submit_later(&pool, jobs.job(id))).collect();
        for id in 0..4 {
            jobs.open(id);
            rest().await;
            read_all(&mut results);
        }
        // Four places came free, and the one that is held may have one.
        let accepted = others.iter().filter(|task| task.is_finished()).count();
        assert!(
            accepted == 3,
            "four places came free; one `submit` is not polled, of the other three \
             {accepted} returned"
        );
        let _doing = doing("a `submit` is polled again after a while");
        let accepted = held.poll().is_ready();
        drop(held);
        jobs.open_all();
        drop(pool);
        let read = read_to_the_end(&mut results).await;
        assert!(read.contains(&9) == accepted, "the held job is lost, or worked on unasked");
    });
}

// Shutdown.

#[test]
fn shutdown_waits_for_every_job() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(2);
        jobs.submit(&pool, 0..6).await;
        let shutdown = spawn(pool.shutdown());
        let reader = spawn(async move { read_to_the_end(&mut results).await });
        for id in 0..6 {
            sleep(YEAR).await;
            assert!(!shutdown.is_finished(), "job {id} runs, and `shutdown` has returned");
            jobs.open(id);
        }
        let _doing = doing("all jobs have ended, and `shutdown` is to return");
        shutdown.await.expect("shutdown does not panic");
        let _doing = doing("`shutdown` has returned, and the results are to end");
        let mut read = reader.await.expect("it only reads");
        read.sort_unstable();
        assert!(read == [0, 1, 2, 3, 4, 5], "after `shutdown`, the results are {read:?}");
    });
}

#[test]
fn shutdown_waits_until_every_result_is_sent() {
    check_async(|| async {
        let jobs = Jobs::that_end();
        let (pool, mut results) = jobs.pool(1);
        let pool = Arc::new(pool);
        for id in 0..4 {
            submit_later(&pool, jobs.job(id));
        }
        rest().await;
        let pool = Arc::into_inner(pool).expect("all were accepted");
        let shutdown = spawn(pool.shutdown());
        sleep(YEAR).await;
        assert!(!shutdown.is_finished(), "results are in hand, and `shutdown` has returned");
        for _ in 0..2 {
            results.recv().await;
        }
        let _doing = doing("the last result has room, and `shutdown` is to return");
        shutdown.await.expect("shutdown does not panic");
        let read = read_all(&mut results);
        assert!(read.len() == 2, "two results are left, and {read:?} can be read");
        let end = results.recv().await.map(plain);
        assert!(end.is_none(), "after the last result comes {end:?}");
    });
}

#[test]
fn shutdown_of_an_idle_pool_returns() {
    check_async(|| async {
        let jobs = Jobs::that_end();
        let (pool, mut results) = jobs.pool(3);
        let _doing = doing("`shutdown` of a pool that never had a job");
        spawn(pool.shutdown()).await.expect("shutdown does not panic");
        assert!(results.recv().await.is_none(), "no job, and yet a result");

        let (pool, mut results) = jobs.pool(3);
        jobs.submit(&pool, 0..2).await;
        let _doing = doing("`shutdown` of a pool that has done its work");
        spawn(pool.shutdown()).await.expect("shutdown does not panic");
        assert!(read_to_the_end(&mut results).await.len() == 2, "a result is lost");
    });
}

#[test]
fn a_dropped_shutdown_is_a_dropped_pool() {
    check_async(|| async {
        let jobs = Jobs::new();
        let (pool, mut results) = jobs.pool(1);
        jobs.submit(&pool, 0..3).await;
        let mut shutdown = Polling::new(pool.shutdown());
        assert!(shutdown.poll().is_pending(), "jobs are left, and `shutdown` has returned");
        drop(shutdown);
        rest().await;
        jobs.open_all();
        let _doing = doing("`shutdown` was dropped, and the results are to end");
        let read = read_to_the_end(&mut results).await;
        assert!(read == [0, 1, 2], "of three jobs, the results are {read:?}");
    });
}

#[test]
fn a_dropped_pool_still_works_on_its_jobs() {
    check_async(|| async {
        for number in [1, 2] {
            let jobs = Jobs::new();
            let (pool, mut results) = jobs.pool(number);
            jobs.submit(&pool, 0..3).await;
            drop(pool);
            rest().await;
            jobs.open_all();
            let _doing = doing("the pool was dropped, and the results are to end");
            let read = read_to_the_end(&mut results).await;
            assert!(read.len() == 3, "of three jobs, the results are {read:?}");
        }
    });
}

// Cancellation.

#[test]
fn after_a_cancel_a_waiting_submit_has_its_job_back() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(1, &cancel);
        let pool = Arc::new(pool);
        jobs.submit(&pool, 0..3).await;
        let waiting = [7, 8].map(|id| (id, submit_later(&pool, jobs.job(id))));
        rest().await;
        cancel.cancel();
        rest().await;
        for (id, submit) in waiting {
            assert!(submit.is_finished(), "the pool is cancelled, and a `submit` waits on");
            match submit.await.expect("submit does not panic") {
                Err(Rejected(job)) => assert!(job.id == id, "another job comes back"),
                Ok(()) => panic!("there is no room, the pool is cancelled, and a job is accepted"),
            }
        }
    });
}

#[test]
fn after_a_cancel_a_submit_is_rejected_where_there_is_room() {
    check_async(|| async {
        let jobs = Jobs::that_end();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..2).await;
        cancel.cancel();
        // At once, before the workers can have seen it, and at rest. A `select!` without `biased`
        // leaves to chance whether it sees the room or the token: not so often.
        for id in 7..71 {
            let _doing = doing("a job is submitted after a cancel");
            match pool.submit(jobs.job(id)).await {
                Err(Rejected(job)) => assert!(job.id == id, "another job comes back"),
                Ok(()) => panic!("the pool is cancelled, and a job is accepted"),
            }
            if id > 30 {
                rest().await;
            }
        }
        assert!(read_to_the_end(&mut results).await.len() == 2, "a result is lost");

        let (pool, mut results) = jobs.pool_with(2, &cancel);
        let _doing = doing("a pool is started with a token that is cancelled already");
        assert!(pool.submit(jobs.job(90)).await.is_err(), "the pool begins cancelled, and accepts");
        assert!(results.recv().await.is_none(), "the pool begins cancelled, and has a result");
    });
}

#[test]
fn a_cancel_drops_the_queued_jobs() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, _results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..6).await;
        cancel.cancel();
        rest().await;
        let book = jobs.book();
        assert!(book.started == [0, 1], "a job began after the cancel: {:?}", book.started);
        let queued: Vec<u32> = book.existing.iter().copied().filter(|id| *id > 1).collect();
        assert!(queued.is_empty(), "the pool is cancelled, and keeps the queued jobs {queued:?}");
        drop(book);
        drop(pool);
    });
}

#[test]
fn a_cancel_drops_running_jobs() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..2).await;
        cancel.cancel();
        rest().await;
        let running = jobs.book().running.len();
        assert!(running == 0, "the pool is cancelled, and {running} jobs run on");
        assert!(results.recv().await.is_none(), "a job was cut off, and has a result");
        drop(pool);
    });
}

#[test]
fn no_job_starts_after_a_cancel() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        let started = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Notify::new());
        let work = {
            let (cancel, started, gate) = (cancel.clone(), started.clone(), gate.clone());
            move |_: u32| {
                started.fetch_add(1, SeqCst);
                let (cancel, gate) = (cancel.clone(), gate.clone());
                async move {
                    gate.notified().await;
                    // The worker sees it before it gets to its next job.
                    cancel.cancel();
                }
            }
        };
        let (pool, _results) = WorkerPool::start(workers(1), cancel, work);
        for job in 0..3 {
            assert!(pool.submit(job).await.is_ok(), "job {job} is rejected");
        }
        gate.notify_one();
        rest().await;
        let started = started.load(SeqCst);
        assert!(started == 1, "the first job cancels the pool, and {started} were started");

        // The worker sleeps; when it wakes, there are a job and the cancel. A `select!` without
        // `biased` leaves to chance which of them it sees: not so often.
        for _ in 0..64 {
            let jobs = Jobs::that_end();
            let cancel = CancellationToken::new();
            let (pool, _results) = jobs.pool_with(1, &cancel);
            rest().await;
            let mut submit = Polling::new(pool.submit(jobs.job(0)));
            let _ = submit.poll();
            cancel.cancel();
            rest().await;
            let started = jobs.book().started.len();
            assert!(
                started == 0,
                "the pool was cancelled before the worker woke, and a job starts"
            );
        }
    });
}

#[test]
fn after_a_cancel_the_results_end_although_a_submit_is_not_polled() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(1, &cancel);
        jobs.submit(&pool, 0..3).await;
        let mut held = Polling::new(pool.submit(jobs.job(9)));
        assert!(held.poll().is_pending(), "the queue is full, and accepts");
        // There is room for it now, and nobody tells it to go on.
        jobs.open(0);
        rest().await;
        cancel.cancel();
        let _doing =
            doing("the pool is cancelled, a `submit` is not polled, and the results are to end");
        let read = read_to_the_end(&mut results).await;
        assert!(read == [0], "one job had ended, and the results are {read:?}");
    });
}

#[test]
fn results_that_were_sent_can_be_read_after_a_cancel() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..4).await;
        for id in 0..3 {
            jobs.open(id);
            rest().await;
        }
        cancel.cancel();
        rest().await;
        let _doing = doing("the pool is cancelled, and the results are to end");
        let read = read_to_the_end(&mut results).await;
        assert!(read == [0, 1, 2], "three results were sent, and {read:?} could be read");
        drop(pool);
    });
}

#[test]
fn after_a_cancel_shutdown_returns_although_nobody_reads() {
    check_async(|| async {
        for number in [1, 2] {
            let jobs = Jobs::new();
            let cancel = CancellationToken::new();
            let (pool, mut results) = jobs.pool_with(number, &cancel);
            let pool = Arc::new(pool);
            // Results are full, a result is in each worker's hand, and jobs are queued.
            for id in 0..7 * number as u32 {
                submit_later(&pool, jobs.job(id));
            }
            for id in 0..3 * number as u32 {
                jobs.open(id);
                rest().await;
            }
            cancel.cancel();
            rest().await;
            let pool = Arc::into_inner(pool).expect("no `submit` is left after a cancel");
            let _doing = doing("the pool is cancelled, nobody reads, and `shutdown` is to return");
            spawn(pool.shutdown()).await.expect("shutdown does not panic");
            let existing = jobs.book().existing.clone();
            assert!(existing.is_empty(), "`shutdown` has returned; the jobs {existing:?} exist");
            let _doing = doing("the pool is cancelled and shut down, and the results are to end");
            let read = read_to_the_end(&mut results).await.len();
            assert!(read >= 2 * number, "{} results were sent, and {read} are left", 2 * number);
        }
    });
}

#[test]
fn a_cancel_ends_a_shutdown_that_waits() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(2, &cancel);
        jobs.submit(&pool, 0..5).await;
        let shutdown = spawn(pool.shutdown());
        rest().await;
        // One that begins during the shutdown is cut off like the one that ran before it.
        jobs.open(0);
        rest().await;
        cancel.cancel();
        let _doing = doing("the pool is cancelled while `shutdown` waits");
        shutdown.await.expect("shutdown does not panic");
        let existing = jobs.book().existing.clone();
        assert!(existing.is_empty(), "`shutdown` has returned, and the jobs {existing:?} exist");
        let read = read_to_the_end(&mut results).await;
        assert!(read == [0], "one job had ended before the cancel; the results are {read:?}");
    });
}

#[test]
fn after_a_cancel_the_results_end_when_no_job_exists() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, results) = jobs.pool_with(2, &cancel);
        let results = Arc::new(Mutex::new(results));
        jobs.submit(&pool, 0..6).await;
        let too_early = Arc::new(AtomicUsize::new(0));
        jobs.on_drop({
            let (results, too_early) = (results.clone(), too_early.clone());
            move || {
                let ended = have_ended(&mut results.lock().expect("nothing panics under it"));
                too_early.fetch_add(usize::from(ended), SeqCst);
            }
        });
        cancel.cancel();
        rest().await;
        let ended = have_ended(&mut results.lock().expect("nothing panics under it"));
        assert!(ended, "the pool is cancelled, and the results do not end");
        let too_early = too_early.load(SeqCst);
        assert!(too_early == 0, "the results had ended, and {too_early} jobs were still there");
        drop(pool);
    });
}

#[test]
fn a_cancel_works_when_the_pool_is_dropped() {
    check_async(|| async {
        let jobs = Jobs::new();
        let cancel = CancellationToken::new();
        let (pool, mut results) = jobs.pool_with(1, &cancel);
        jobs.submit(&pool, 0..3).await;
        drop(pool);
        rest().await;
        cancel.cancel();
        rest().await;
        let existing = jobs.book().existing.clone();
        assert!(existing.is_empty(), "the pool is dropped and cancelled; {existing:?} exist");
        let _doing = doing("the pool is dropped and cancelled, and the results are to end");
        assert!(results.recv().await.is_none(), "a job was cut off, and has a result");
    });
}

#[test]
fn a_cancel_works_when_the_results_are_dropped() {
    check_async(|| async {
        for drops_the_pool in [false, true] {
            let jobs = Jobs::new();
            let cancel = CancellationToken::new();
            let (pool, results) = jobs.pool_with(1, &cancel);
            jobs.submit(&pool, 0..3).await;
            drop(results);
            rest().await;
            let pool = (!drops_the_pool).then_some(pool);
            rest().await;
            cancel.cancel();
            rest().await;
            let existing = jobs.book().existing.clone();
            assert!(existing.is_empty(), "the pool is cancelled, and {existing:?} exist");
            if let Some(pool) = pool {
                let _doing = doing("results dropped, pool cancelled, and `shutdown` is to return");
                spawn(pool.shutdown()).await.expect("shutdown does not panic");
            }
        }
    });
}

/// A way in which the use of a pool may end.
type End = fn(WorkerPool<Job>, Results<u32>) -> JoinHandle<()>;

#[test]
fn the_pool_never_cancels_the_token() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        let jobs = Jobs::that_end();
        let ends: [End; 3] = [
            |pool, results| spawn(async move { drop((pool, results)) }),
            |pool, results| {
                spawn(async move {
                    pool.shutdown().await;
                    drop(results);
                })
            },
            |pool, results| {
                spawn(async move {
                    drop(results);
                    pool.shutdown().await;
                })
            },
        ];
        for (at, end) in ends.into_iter().enumerate() {
            let (pool, results) = jobs.pool_with(2, &cancel);
            jobs.submit(&pool, 0..2).await;
            end(pool, results).await.expect("nothing panics");
            rest().await;
            let what = ["dropped", "shut down", "shut down without results"][at];
            assert!(!cancel.is_cancelled(), "the pool was {what}, and cancels the token");
        }
    });
}

// Panics.

/// A panic that is part of the check: the hook does not see it.
fn panic_with(payload: impl Send + 'static) -> u32 {
    resume_unwind(Box::new(payload))
}

async fn message(
    pool: &WorkerPool<u32>,
    results: &mut Results<u32>,
    job: u32,
) -> Option<Result<u32, String>> {
    assert!(pool.submit(job).await.is_ok(), "after a panic, job {job} is rejected");
    results.recv().await.map(plain)
}

#[test]
fn a_job_that_panics_has_a_result_with_its_words() {
    check_async(|| async {
        let work = |job: u32| async move {
            yield_now().await;
            match job {
                0 => panic_with("a literal"),
                1 => panic_with(format!("job {job} is odd")),
                2 => panic_with(7_u64),
                _ => job,
            }
        };
        let (pool, mut results) = WorkerPool::start(workers(1), CancellationToken::new(), work);
        let _doing = doing("a job panics");
        let expected = ["a literal", "job 1 is odd"];
        for (job, words) in expected.iter().enumerate() {
            let result = message(&pool, &mut results, job as u32).await;
            assert!(
                result == Some(Err((*words).to_owned())),
                "a job panics with \"{words}\": the result is {result:?}"
            );
        }
        let result = message(&pool, &mut results, 2).await;
        assert!(matches!(result, Some(Err(_))), "it panics without a text: {result:?}");
        let result = message(&pool, &mut results, 3).await;
        assert!(result == Some(Ok(3)), "the job after those that panicked has {result:?}");
    });
}

#[test]
fn a_panic_in_the_call_of_work_is_one_of_the_job() {
    check_async(|| async {
        let work = |job: u32| {
            if job == 0 {
                panic_with("no future of it");
            }
            async move { job }
        };
        let (pool, mut results) = WorkerPool::start(workers(1), CancellationToken::new(), work);
        let _doing = doing("`work(job)` itself panics");
        let result = message(&pool, &mut results, 0).await;
        assert!(
            result == Some(Err("no future of it".to_owned())),
            "`work(job)` panics: the result is {result:?}"
        );
        let result = message(&pool, &mut results, 1).await;
        assert!(result == Some(Ok(1)), "the job after it has {result:?}");
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
        let (pool, mut results) = WorkerPool::start(workers(3), CancellationToken::new(), work);
        for id in (100..110).chain(200..210) {
            let _doing = doing(format!("job {id} panics"));
            jobs.submit(&pool, [id]).await;
            assert!(matches!(results.recv().await, Some(Err(_))), "a panic has no result");
        }
        jobs.submit(&pool, 0..4).await;
        let running = jobs.book().running.len();
        assert!(running == 3, "twenty jobs panicked, and of three workers {running} are left");
        jobs.open_all();
        let _doing = doing("jobs have panicked, and `shutdown` is to return");
        spawn(pool.shutdown()).await.expect("shutdown does not panic");
    });
}

// Dropped results.

#[test]
fn dropped_results_stop_nothing() {
    check_async(|| async {
        let jobs = Jobs::that_end();
        let (pool, results) = jobs.pool(1);
        drop(results);
        jobs.submit(&pool, 0..20).await;
        let ended = jobs.book().ended.len();
        assert!(ended == 20, "the results were dropped, and of 20 jobs {ended} have ended");
        let _doing = doing("the results were dropped, and `shutdown` is to return");
        spawn(pool.shutdown()).await.expect("shutdown does not panic");
    });
}

#[test]
fn results_that_are_dropped_when_full_set_the_workers_free() {
    check_async(|| async {
        let jobs = Jobs::that_end();
        let (pool, results) = jobs.pool(2);
        let pool = Arc::new(pool);
        for id in 0..20 {
            submit_later(&pool, jobs.job(id));
        }
        rest().await;
        drop(results);
        rest().await;
        let ended = jobs.book().ended.len();
        assert!(ended == 20, "the results were dropped, and of 20 jobs {ended} have ended");
    });
}

// Threads.

#[test]
fn the_pool_can_be_shared_and_its_futures_sent() {
    check_async(|| async {
        // Such a job may be sent to another thread, but not shared with it.
        let work = |job: Cell<u32>| async move { job.get() };
        let (pool, _results) = WorkerPool::start(workers(1), CancellationToken::new(), work);
        assert_send!(&pool, "a reference to the pool");
        assert_send!(pool.submit(Cell::new(1)), "the future of `submit`");
        assert_send!(pool.shutdown(), "the future of `shutdown`");
    });
}
