use std::fmt::{self, Debug, Display};
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use crate::value::{self, Show, Value};
use crate::walk::call::Call;
use crate::walk::turn::{Object, Turn};
use crate::walk::world::announce;
use schedule::Operation;

/// `std::sync::Mutex`, walked. It is never poisoned: a panic ends the interleaving.
///
/// The methods that lock exist twice: here for values that are `Debug`, which can be shown, and in
/// `PlainMutex`, to which this derefs, for all others.
#[derive(Default)]
pub struct Mutex<T: ?Sized>(PlainMutex<T>);

#[doc(hidden)]
pub struct PlainMutex<T: ?Sized> {
    object: Object,
    /// Never waited for: a thread that takes it has been given the walker's lock before.
    inner: std::sync::Mutex<T>,
}

pub struct MutexGuard<'a, T: ?Sized> {
    pub(super) mutex: &'a PlainMutex<T>,
    /// `None` only while the thread waits on a condition variable.
    pub(super) inner: Option<std::sync::MutexGuard<'a, T>>,
    show: Option<Show<T>>,
    /// What the lock guarded when it was taken.
    seen: Option<Value>,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        let object = Object::new("mutex");
        Self(PlainMutex { object, inner: std::sync::Mutex::new(value) })
    }

    pub fn into_inner(self) -> LockResult<T> {
        Ok(self.0.inner.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: Debug + ?Sized> Mutex<T> {
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        Ok(self.0.lock_showing(Some(value::show)))
    }

    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        self.0.try_lock_showing(Some(value::show))
    }
}

impl<T: ?Sized> Mutex<T> {
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.0.inner.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn is_poisoned(&self) -> bool {
        false
    }

    pub fn clear_poison(&self) {}
}

impl<T: ?Sized> Deref for Mutex<T> {
    type Target = PlainMutex<T>;

    fn deref(&self) -> &PlainMutex<T> {
        &self.0
    }
}

impl<T: ?Sized> PlainMutex<T> {
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        Ok(self.lock_showing(None))
    }

    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        self.try_lock_showing(None)
    }

    #[track_caller]
    fn lock_showing(&self, show: Option<Show<T>>) -> MutexGuard<'_, T> {
        let turn = announce(Call::on(Operation::Lock, self.object).needs(self.object.free()));
        self.guard(show, turn)
    }

    #[track_caller]
    fn try_lock_showing(&self, show: Option<Show<T>>) -> TryLockResult<MutexGuard<'_, T>> {
        let Some(turn) = announce(Call::on(Operation::TryLock, self.object)) else {
            return Ok(self.guard(show, None));
        };
        if turn.change(self.object, |lock| !lock.holders.is_empty()) {
            turn.done(|step| step.operation = Operation::TryLockFails);
            return Err(TryLockError::WouldBlock);
        }
        Ok(self.guard(show, Some(turn)))
    }

    fn guard(&self, show: Option<Show<T>>, turn: Option<Turn>) -> MutexGuard<'_, T> {
        let inner = Some(self.inner.lock().unwrap_or_else(PoisonError::into_inner));
        let mut guard = MutexGuard { mutex: self, inner, show, seen: None };
        guard.taken(turn);
        guard
    }
}

impl<T: ?Sized> MutexGuard<'_, T> {
    /// Says that the lock was taken in this turn.
    fn taken(&mut self, turn: Option<Turn>) {
        let Some(turn) = turn else { return };
        self.seen = self.value();
        let seen = self.seen.as_ref().map(Value::all);
        let object = self.object();
        if let Some(seen) = &seen {
            turn.began_with(object, seen);
        }
        let thread = turn.thread;
        turn.change(object, |lock| {
            lock.value = seen.clone();
            lock.holders.push(thread);
            lock.exclusive = true;
        });
        turn.done(|step| step.sees = seen);
    }

    /// Says that the lock is released in this turn, and returns what has changed since it was
    /// taken.
    fn released(&self, turn: &Turn) -> Option<String> {
        let value = self.value();
        turn.change(self.object(), |lock| {
            lock.value = value.as_ref().map(Value::all);
            lock.holders.clear();
            lock.exclusive = false;
        });
        value?.changes(self.seen.as_ref()?)
    }

    fn value(&self) -> Option<Value> {
        Some(self.show?(self.inner.as_ref()?))
    }

    pub(super) fn object(&self) -> Object {
        self.mutex.object
    }

    /// Releases the lock in this turn, without a step of its own.
    pub(super) fn give_up(&mut self, turn: &Turn) -> Option<String> {
        let leaves = self.released(turn);
        self.inner = None;
        leaves
    }

    /// Has the lock again since this turn.
    pub(super) fn take_again(&mut self, turn: Turn) {
        self.inner = Some(self.mutex.inner.lock().unwrap_or_else(PoisonError::into_inner));
        self.taken(Some(turn));
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.inner.is_some()
            && let Some(turn) = announce(Call::on(Operation::Unlock, self.object()))
        {
            let leaves = self.released(&turn);
            turn.done(|step| step.leaves = leaves);
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("only a wait takes it, and gives it back")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("only a wait takes it, and gives it back")
    }
}

impl<T: Debug + ?Sized> Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Display + ?Sized> Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

impl<T: Default> Default for PlainMutex<T> {
    fn default() -> Self {
        Mutex::new(T::default()).0
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
