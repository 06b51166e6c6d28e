//! The methods of `JoinSet` that shuttle's lacks, under many schedules.

use std::future::pending;
use std::sync::Arc;

use explorer_tokio::sync::oneshot;
use explorer_tokio::task::JoinSet;
use shuttle::future::block_on;

#[test]
fn a_shutdown_ends_when_no_task_exists() {
    let model = || {
        block_on(async {
            let alive = Arc::new(());
            let mut tasks = JoinSet::new();
            for _ in 0..3 {
                let alive = alive.clone();
                tasks.spawn(async move {
                    pending::<()>().await;
                    drop(alive);
                });
            }
            tasks.shutdown().await;
            assert_eq!(Arc::strong_count(&alive), 1);
            assert!(tasks.is_empty());
        });
    };
    shuttle::check_random(model, 100);
}

#[test]
fn join_all_has_the_result_of_each_task() {
    let model = || {
        block_on(async {
            let tasks: JoinSet<u32> = (0..3).map(|number| async move { number }).collect();
            let mut results = tasks.join_all().await;
            results.sort_unstable();
            assert_eq!(results, [0, 1, 2]);
        });
    };
    shuttle::check_random(model, 100);
}

#[test]
fn try_join_next_does_not_wait() {
    let model = || {
        block_on(async {
            let mut tasks = JoinSet::new();
            assert!(tasks.try_join_next().is_none());
            let (go, wait) = oneshot::channel::<u32>();
            tasks.spawn(async move { wait.await.expect("it is sent") });
            assert!(tasks.try_join_next().is_none());
            go.send(1).expect("the task waits");
            let result = loop {
                match tasks.try_join_next() {
                    Some(result) => break result,
                    None => shuttle::future::yield_now().await,
                }
            };
            assert_eq!(result.expect("it does not panic"), 1);
            assert!(tasks.is_empty());
        });
    };
    shuttle::check_random(model, 100);
}
