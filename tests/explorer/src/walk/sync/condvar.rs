use std::fmt;
use std::sync::LockResult;
use std::time::Duration;

use super::MutexGuard;
use crate::walk::call::{Call, Need};
use crate::walk::turn::Object;
use crate::walk::world::announce;
use schedule::Operation;

/// `std::sync::Condvar`, walked. It wakes threads in the order in which they began to wait, never
/// spuriously, and its timeouts never expire.
pub struct Condvar(Object);

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
        Self(Object::new("condition variable"))
    }

    #[track_caller]
    pub fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let lock = guard.object();
        let call = Call { second: lock.id(), ..Call::on(Operation::Wait, self.0) };
        let Some(turn) = announce(call) else { return Ok(guard) };
        let (leaves, thread) = (guard.give_up(&turn), turn.thread);
        turn.change(self.0, |condvar| condvar.queue.push(thread));
        turn.done(|step| step.leaves = leaves);

        let needs = match (self.0.id(), lock.id()) {
            (Some(condvar), Some(lock)) => Need::Notified { condvar, lock },
            _ => Need::Nothing,
        };
        let call = Call { second: self.0.id(), ..Call::on(Operation::Lock, lock).needs(needs) };
        if let Some(turn) = announce(call) {
            turn.forget_notification();
            guard.take_again(turn);
        }
        Ok(guard)
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
        Ok((self.wait(guard).expect("it is never poisoned"), WaitTimeoutResult(())))
    }

    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _limit: Duration,
        condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let guard = self.wait_while(guard, condition).expect("it is never poisoned");
        Ok((guard, WaitTimeoutResult(())))
    }

    #[track_caller]
    pub fn notify_one(&self) {
        self.notify(Operation::NotifyOne, 1);
    }

    #[track_caller]
    pub fn notify_all(&self) {
        self.notify(Operation::NotifyAll, usize::MAX);
    }

    #[track_caller]
    fn notify(&self, operation: Operation, most: usize) {
        let Some(turn) = announce(Call::on(operation, self.0)) else { return };
        let woken: Vec<usize> = turn.change(self.0, |condvar| {
            let most = most.min(condvar.queue.len());
            condvar.queue.drain(..most).collect()
        });
        let woken = turn.notify(&woken);
        turn.done(|step| step.text = Some(woken));
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
