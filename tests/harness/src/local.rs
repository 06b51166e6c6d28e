//! Tasks that need not be `Send`.
//!
//! Nothing here has a task's type: tokio would otherwise be compiled again for each task, while the learner waits.

use std::future::Future;
use std::pin::Pin;

use tokio::task::{self, JoinHandle, LocalSet};

/// Runs a future on this thread, with the tasks that it spawns by [`spawn_local`].
pub async fn with_local_tasks(future: impl Future<Output = ()>) {
    run_until_end(Box::pin(future)).await;
}

/// Spawns a task on this thread.
///
/// # Panics
///
/// Panics outside of [`with_local_tasks`].
pub fn spawn_local(task: impl Future<Output = ()> + 'static) -> JoinHandle<()> {
    spawn(Box::pin(task))
}

async fn run_until_end(future: Pin<Box<dyn Future<Output = ()> + '_>>) {
    LocalSet::new().run_until(future).await;
}

fn spawn(task: Pin<Box<dyn Future<Output = ()>>>) -> JoinHandle<()> {
    task::spawn_local(task)
}
