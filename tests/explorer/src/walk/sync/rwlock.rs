use std::fmt::{self, Debug};
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use crate::value::{self, Show, Value};
use crate::walk::call::Call;
use crate::walk::turn::{Object, ObjectState, Turn};
use crate::walk::world::announce;
use schedule::Operation;

/// `std::sync::RwLock`, walked. It is never poisoned, and a reader does not wait for a writer that waits.
#[derive(Default)]
pub struct RwLock<T: ?Sized>(PlainRwLock<T>);

#[doc(hidden)]
pub struct PlainRwLock<T: ?Sized> {
    object: Object,
    /// Never waited for: a thread that takes it has been given the walker's lock before.
    inner: std::sync::RwLock<T>,
}

impl<T> RwLock<T> {
    pub fn new(value: T) -> Self {
        let object = Object::new("lock");
        Self(PlainRwLock { object, inner: std::sync::RwLock::new(value) })
    }

    pub fn into_inner(self) -> LockResult<T> {
        Ok(self.0.inner.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: Debug + ?Sized> RwLock<T> {
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        Ok(self.0.read_showing(Some(value::show)))
    }

    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.0.try_read_showing(Some(value::show))
    }

    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        Ok(self.0.write_showing(Some(value::show)))
    }

    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        self.0.try_write_showing(Some(value::show))
    }
}

impl<T: ?Sized> RwLock<T> {
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.0.inner.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn is_poisoned(&self) -> bool {
        false
    }

    pub fn clear_poison(&self) {}
}

impl<T: ?Sized> Deref for RwLock<T> {
    type Target = PlainRwLock<T>;

    fn deref(&self) -> &PlainRwLock<T> {
        &self.0
    }
}

impl<T: ?Sized> PlainRwLock<T> {
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        Ok(self.read_showing(None))
    }

    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.try_read_showing(None)
    }

    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        Ok(self.write_showing(None))
    }

    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        self.try_write_showing(None)
    }

    #[track_caller]
    fn read_showing(&self, show: Option<Show<T>>) -> RwLockReadGuard<'_, T> {
        let turn = announce(Call::on(Operation::Lock, self.object).needs(self.object.shared()));
        self.read_guard(show, turn)
    }

    #[track_caller]
    fn try_read_showing(&self, show: Option<Show<T>>) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let turn = self.tries(|lock| lock.exclusive)?;
        Ok(self.read_guard(show, turn))
    }

    /// Tries to take the lock in a step; it fails if the lock is taken in such a way.
    #[track_caller]
    fn tries<G>(&self, taken: fn(&ObjectState) -> bool) -> Result<Option<Turn>, TryLockError<G>> {
        let turn = announce(Call::on(Operation::TryLock, self.object));
        match turn {
            Some(turn) if turn.change(self.object, |lock| taken(lock)) => {
                turn.done(|step| step.operation = Operation::TryLockFails);
                Err(TryLockError::WouldBlock)
            }
            turn => Ok(turn),
        }
    }

    fn read_guard(&self, show: Option<Show<T>>, turn: Option<Turn>) -> RwLockReadGuard<'_, T> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        RwLockReadGuard::new(self.object, inner, show, turn)
    }

    #[track_caller]
    fn write_showing(&self, show: Option<Show<T>>) -> RwLockWriteGuard<'_, T> {
        let turn = announce(Call::on(Operation::Lock, self.object).needs(self.object.free()));
        self.write_guard(show, turn)
    }

    #[track_caller]
    fn try_write_showing(&self, show: Option<Show<T>>) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let turn = self.tries(|lock| !lock.holders.is_empty())?;
        Ok(self.write_guard(show, turn))
    }

    fn write_guard(&self, show: Option<Show<T>>, turn: Option<Turn>) -> RwLockWriteGuard<'_, T> {
        let inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        RwLockWriteGuard::new(self.object, inner, show, turn)
    }
}

macro_rules! guard {
    ($guard:ident, exclusive: $exclusive:literal) => {
        pub struct $guard<'a, T: ?Sized> {
            object: Object,
            inner: std::sync::$guard<'a, T>,
            show: Option<Show<T>>,
            seen: Option<Value>,
        }

        impl<'a, T: ?Sized> $guard<'a, T> {
            fn new(
                object: Object,
                inner: std::sync::$guard<'a, T>,
                show: Option<Show<T>>,
                turn: Option<Turn>,
            ) -> Self {
                let mut guard = Self { object, inner, show, seen: None };
                if let Some(turn) = turn {
                    guard.seen = show.map(|show| show(&guard.inner));
                    let seen = guard.seen.as_ref().map(Value::all);
                    if let Some(seen) = &seen {
                        turn.began_with(object, seen);
                    }
                    let thread = turn.thread;
                    turn.change(object, |lock| {
                        lock.value = seen.clone();
                        lock.holders.push(thread);
                        lock.exclusive = $exclusive;
                    });
                    turn.done(|step| step.sees = seen);
                }
                guard
            }
        }

        impl<T: ?Sized> Drop for $guard<'_, T> {
            fn drop(&mut self) {
                let Some(turn) = announce(Call::on(Operation::Unlock, self.object)) else { return };
                let value = self.show.map(|show| show(&self.inner));
                let thread = turn.thread;
                turn.change(self.object, |lock| {
                    lock.value = value.as_ref().map(Value::all);
                    if let Some(at) = lock.holders.iter().position(|&holder| holder == thread) {
                        lock.holders.remove(at);
                    }
                    lock.exclusive = false;
                });
                let leaves =
                    value.zip(self.seen.as_ref()).and_then(|(now, then)| now.changes(then));
                turn.done(|step| step.leaves = leaves);
            }
        }

        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.inner
            }
        }

        impl<T: Debug + ?Sized> Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

guard!(RwLockReadGuard, exclusive: false);
guard!(RwLockWriteGuard, exclusive: true);

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: ?Sized> Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").finish_non_exhaustive()
    }
}

impl<T: Default> Default for PlainRwLock<T> {
    fn default() -> Self {
        RwLock::new(T::default()).0
    }
}
