//! The semaphore between the tasks of a runtime.

use std::cell::Cell;
use std::future;
use std::rc::Rc;
use std::time::Duration;

use harness::{assert_send, doing};
use semaphore::Semaphore;
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet, spawn_local, yield_now};
use tokio::time::{advance, sleep};

use super::take;
use crate::checks::{check, check_async};

#[test]
fn permits_and_futures_are_send() {
    check(|| {
        let semaphore = Semaphore::new(1);
        assert_send!(semaphore.acquire(), "the future of `acquire`");
        assert_send!(
            semaphore.acquire_until(future::pending::<()>()),
            "the future of `acquire_until`"
        );
        assert_send!(take(&semaphore), "`Permit`");
    });
}

/// Requires outright what `permits_and_futures_are_send` asserts, so that rustc says which line of
/// the answer is the reason. It does so only for code of the crate that it compiles, hence the
/// second mount of the answer.
#[cfg(all(show_send_errors, not(unexplored)))]
#[expect(dead_code, reason = "it need only compile")]
fn show_send_errors(semaphore: &crate::instrumented::Semaphore) {
    fn require_send<T: Send>(_: T) {}
    require_send(semaphore.acquire());
    require_send(semaphore.acquire_until(future::pending::<()>()));
    require_send(semaphore.try_acquire());
}

/// Lets every other task run until it waits.
async fn at_rest() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[test]
fn tokio_tasks_share_the_permits() {
    const PERMITS: usize = 2;
    const TASKS: usize = 6;
    // A `LocalSet`, since whether the futures are `Send` is the matter of another check.
    check_async(|| async {
        let _doing = doing("running six tasks that share two permits");
        let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(PERMITS)));
        let holders = Rc::new(Cell::new(0));
        let turns = async {
            let gates: Vec<_> = (0..TASKS).map(|_| Rc::new(Notify::new())).collect();
            let mut tasks = JoinSet::new();
            for gate in &gates {
                let (gate, holders) = (gate.clone(), holders.clone());
                tasks.spawn_local(async move {
                    let _permit = semaphore.acquire().await;
                    holders.set(holders.get() + 1);
                    gate.notified().await;
                    holders.set(holders.get() - 1);
                });
            }
            for (ended, gate) in gates.iter().enumerate() {
                at_rest().await;
                let (expected, now) = (PERMITS.min(TASKS - ended), holders.get());
                assert!(
                    now == expected,
                    "{} of {TASKS} tasks are left for {PERMITS} permits: {expected} of them should \
                     hold one, but {now} do",
                    TASKS - ended
                );
                gate.notify_one();
            }
            while tasks.join_next().await.is_some() {}
        };
        LocalSet::new().run_until(turns).await;
    });
}

#[test]
fn acquire_until_works_with_a_timer() {
    const SECOND: Duration = Duration::from_secs(1);
    check_async(|| async {
        let _doing = doing("running an `acquire_until` whose signal is a timer");
        let acquire_until = |semaphore: &'static Semaphore| async move {
            let permit = semaphore.acquire().await;
            let waiter = spawn_local(semaphore.acquire_until(sleep(SECOND)));
            at_rest().await;
            (permit, waiter)
        };
        let turns = async {
            let (_permit, waiter) = acquire_until(Box::leak(Box::new(Semaphore::new(1)))).await;
            advance(SECOND).await;
            assert!(
                waiter.await.expect("it does not panic").is_err(),
                "the timer has ended and no permit came back, but `acquire_until` does not return \
                 `Cancelled`"
            );
            let (permit, waiter) = acquire_until(Box::leak(Box::new(Semaphore::new(1)))).await;
            drop(permit);
            assert!(
                waiter.await.expect("it does not panic").is_ok(),
                "a permit came back before the timer ended, but `acquire_until` returns `Cancelled`"
            );
        };
        LocalSet::new().run_until(turns).await;
    });
}
