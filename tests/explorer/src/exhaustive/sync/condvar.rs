use std::fmt;
use std::sync::LockResult;
use std::time::Duration;

use super::MutexGuard;
use crate::exhaustive::record::{self, Object};
use schedule::Operation;

/// `std::sync::Condvar`, explored. It wakes threads in the order in which they began to wait,
/// never spuriously, and its timeouts never expire: a model has no time.
pub struct Condvar {
    object: Object,
    inner: loom::sync::Condvar,
}

/// Whether a wait ended because of its timeout. In a model it never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(());

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        false
    }
}

impl Condvar {
    pub fn new() -> Self {
        Self { object: Object::new("condition variable"), inner: loom::sync::Condvar::new() }
    }

    #[track_caller]
    pub fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let leaves = guard.changes();
        let (mutex, show) = (guard.mutex, guard.show);
        if let Some(call) = record::call(Operation::Unlock, Some(guard.object())) {
            call.done(|step| step.leaves = leaves);
        }
        if let Some(call) = record::call(Operation::Wait, Some(self.object)) {
            call.waits(|_| {});
        }
        let inner = guard.inner.take().expect("a guard has its lock outside of a wait");
        let inner = self.inner.wait(inner).expect("loom does not poison");
        let call = record::call(Operation::Lock, Some(guard.object()));
        Ok(MutexGuard::new(mutex, inner, show, call))
    }

    #[track_caller]
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _limit: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        Ok((self.wait(guard).expect("loom does not poison"), WaitTimeoutResult(())))
    }

    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _limit: Duration,
        condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let guard = self.wait_while(guard, condition).expect("loom does not poison");
        Ok((guard, WaitTimeoutResult(())))
    }

    #[track_caller]
    pub fn notify_one(&self) {
        let call = record::call(Operation::NotifyOne, Some(self.object));
        self.inner.notify_one();
        if let Some(call) = call {
            call.done(|_| {});
        }
    }

    #[track_caller]
    pub fn notify_all(&self) {
        let call = record::call(Operation::NotifyAll, Some(self.object));
        self.inner.notify_all();
        if let Some(call) = call {
            call.done(|_| {});
        }
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
