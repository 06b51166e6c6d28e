//! Pools and futures that cross threads.

use std::cell::Cell;

use harness::assert_send;
use real_tokio_util::sync::CancellationToken;
use worker_pool::{Results, WorkerPool};

use super::jobs::workers;
use crate::checks::check_async;

/// A pool of jobs that can be sent to another thread, but not shared with it.
fn pool_of_cells() -> (WorkerPool<Cell<u32>>, Results<u32>) {
    let work = |job: Cell<u32>| async move { job.get() };
    WorkerPool::start(workers(1), CancellationToken::new(), work)
}

/// Compiled after a check of this file has failed, to show the compiler's own error. It is about the answer's second
/// mount: the compiler shows the await and the value only for code of the crate that it compiles.
#[cfg(all(show_send_errors, not(unexplored)))]
#[allow(dead_code, reason = "it only has to compile")]
fn require_send() {
    fn send<T: Send>(_: T) {}

    let work = |job: Cell<u32>| async move { job.get() };
    let cancel = tokio_util::sync::CancellationToken::new();
    let (pool, _results) = crate::instrumented::WorkerPool::start(workers(1), cancel, work);
    send(&pool);
    send(pool.submit(Cell::new(1)));
    send(pool.shutdown());
}

#[test]
fn the_pool_is_sync() {
    check_async(|| async {
        let (pool, _results) = pool_of_cells();
        assert_send!(&pool, "a reference to the pool");
    });
}

#[test]
fn the_futures_of_submit_and_shutdown_are_send() {
    check_async(|| async {
        let (pool, _results) = pool_of_cells();
        assert_send!(pool.submit(Cell::new(1)), "the future of `submit`");
        assert_send!(pool.shutdown(), "the future of `shutdown`");
    });
}
