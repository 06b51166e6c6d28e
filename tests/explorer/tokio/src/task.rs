//! `tokio::task`.

use std::ops::{Deref, DerefMut};
use std::panic::resume_unwind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub use shuttle_tokio::task::*;

/// tokio's `JoinSet`: shuttle's, with methods that it lacks.
#[derive(Debug)]
pub struct JoinSet<T>(shuttle_tokio::task::JoinSet<T>);

impl<T> JoinSet<T> {
    /// An empty set.
    pub fn new() -> Self {
        Self(shuttle_tokio::task::JoinSet::new())
    }
}

impl<T: 'static> JoinSet<T> {
    /// The result of a task that has ended, if there is one. Does not wait.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        match pin!(self.join_next()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => None,
        }
    }

    /// Aborts all tasks, and waits until they have ended.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits for all tasks. Their results are in the order in which the tasks end.
    ///
    /// # Panics
    ///
    /// If a task panics or is aborted.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut results = Vec::with_capacity(self.len());
        while let Some(result) = self.join_next().await {
            match result {
                Ok(result) => results.push(result),
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                Err(error) => panic!("{error}"),
            }
        }
        results
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for JoinSet<T> {
    type Target = shuttle_tokio::task::JoinSet<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for JoinSet<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T: Send + 'static, F: Future<Output = T> + Send + 'static> FromIterator<F> for JoinSet<T> {
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        Self(futures.into_iter().collect())
    }
}
