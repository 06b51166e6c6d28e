//! Tasks that need not be `Send`.
//!
//! Nothing here has a task's type, for the reason that [`LocalBoxFuture`] gives.

use std::future::Future;

use tokio::task::{self, JoinHandle, LocalSet};

use crate::LocalBoxFuture;

/// Runs a future on this thread, with the tasks that it spawns by [`spawn_local`].
pub fn with_local_tasks<'a>(future: impl Future<Output = ()> + 'a) -> LocalBoxFuture<'a, ()> {
    run_until_end(Box::pin(future))
}

/// Spawns a task on this thread.
///
/// # Panics
///
/// Panics outside of [`with_local_tasks`].
pub fn spawn_local(task: impl Future<Output = ()> + 'static) -> JoinHandle<()> {
    spawn(Box::pin(task))
}

fn run_until_end(future: LocalBoxFuture<'_, ()>) -> LocalBoxFuture<'_, ()> {
    Box::pin(async { LocalSet::new().run_until(future).await })
}

fn spawn(task: LocalBoxFuture<'static, ()>) -> JoinHandle<()> {
    task::spawn_local(task)
}
