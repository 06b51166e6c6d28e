//! The semaphore between the tasks of a runtime.

use std::cell::Cell;
use std::future;
use std::rc::Rc;

use harness::{assert_send, doing, spawn_local, with_local_tasks};
use semaphore::Semaphore;
use tokio::sync::Notify;
use tokio::task::yield_now;

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
    // Local tasks, since whether the futures are `Send` is the matter of another check.
    check_async(|| async {
        let _doing = doing("running six tasks that share two permits");
        let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(PERMITS)));
        let holders = Rc::new(Cell::new(0));
        let turns = async {
            let gates: Vec<_> = (0..TASKS).map(|_| Rc::new(Notify::new())).collect();
            let start = |gate: &Rc<Notify>| {
                let (gate, holders) = (gate.clone(), holders.clone());
                spawn_local(async move {
                    let _permit = semaphore.acquire().await;
                    holders.set(holders.get() + 1);
                    gate.notified().await;
                    holders.set(holders.get() - 1);
                })
            };
            let tasks: Vec<_> = gates.iter().map(start).collect();
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
            for task in tasks {
                task.await.expect("it does not panic");
            }
        };
        with_local_tasks(turns).await;
    });
}
