//! The cache between the tasks of a runtime.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;

use harness::{assert_send, doing};
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};

use super::{Answer, Cache, Failed};
use crate::checks::{check, check_async, room};

#[test]
fn futures_are_send() {
    check(|| {
        let cache = Cache::new(room(1));
        let call = cache.get_or_insert_with("a", || ready(Ok::<_, Failed>(1)));
        assert_send!(call, "the future of `get_or_insert_with`");
    });
}

/// Requires outright what `futures_are_send` asserts, so that rustc says which line of the answer is
/// the reason. It does so only for code of the crate that it compiles, hence the second mount of the
/// answer. And it shows the await only where the types are those of the answer's own text, hence the
/// same parameters.
#[cfg(all(show_send_errors, not(unexplored)))]
#[expect(dead_code, reason = "it need only compile")]
fn show_send_errors<K, V, F, Fut, E>(cache: &crate::instrumented::Cache<K, V>, key: K, compute: F)
where
    K: Eq + std::hash::Hash + Clone + std::fmt::Debug + Send + Sync + 'static,
    V: Clone + std::fmt::Debug + Send + Sync + 'static,
    F: FnOnce() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<V, E>> + Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    fn require_send<T: Send>(_: T) {}
    require_send(cache.get_or_insert_with(key, compute));
}

#[test]
fn tokio_tasks_share_a_computation() {
    const TASKS: usize = 6;
    // A `LocalSet`, since whether the futures are `Send` is the matter of another check.
    check_async(|| async {
        let _doing = doing("running six tasks that ask for one value");
        let cache: &'static Cache = Box::leak(Box::new(Cache::new(room(2))));
        let begun = Rc::new(Cell::new(0));
        let gate = Rc::new(Notify::new());
        let turns = async {
            let mut tasks = JoinSet::new();
            for task in 0..TASKS {
                let (begun, gate) = (begun.clone(), gate.clone());
                tasks.spawn_local(async move {
                    let compute = || async move {
                        begun.set(begun.get() + 1);
                        gate.notified().await;
                        // The first one fails.
                        if begun.get() == 1 { Err(Failed) } else { Ok(task as u32) }
                    };
                    cache.get_or_insert_with("a", compute).await
                });
            }
            let mut answers: Vec<Answer> = Vec::new();
            gate.notify_one();
            while let Some(answer) = tasks.join_next().await {
                answers.push(answer.expect("no task panics"));
                gate.notify_one();
            }
            answers
        };
        let answers = LocalSet::new().run_until(turns).await;
        let failed = answers.iter().filter(|answer| answer.is_err()).count();
        assert!(
            begun.get() == 2 && failed == 1,
            "six tasks ask for a value, and the first computation fails: one task should fail, and \
             one more should compute, but {failed} fail, and {} compute",
            begun.get()
        );
        let value = cache.get(&"a").expect("one task has computed the value");
        let same = answers.iter().flatten().all(|answer| *answer == value);
        assert!(same, "five tasks should get the value {value}, but they get {answers:?}");
    });
}
