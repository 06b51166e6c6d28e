use std::fmt::{self, Debug, Display};
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, TryLockError, TryLockResult};

use super::SwitchPoint;
use super::not_debug::not_debug;
use crate::exhaustive::record::{self, Object};
use crate::exhaustive::spin;
use crate::value::{self, Show, Value};
use schedule::Operation;

/// `std::sync::Mutex`, explored. It is never poisoned: a panic ends the model.
///
/// The methods that lock exist twice: here for values that are `Debug`, which a schedule can show,
/// and in `PlainMutex`, to which this derefs, for all others.
#[derive(Default)]
pub struct Mutex<T: ?Sized>(PlainMutex<T>);

#[doc(hidden)]
pub struct PlainMutex<T: ?Sized> {
    object: Object,
    switch_point: SwitchPoint,
    inner: loom::sync::Mutex<T>,
}

pub struct MutexGuard<'a, T: ?Sized> {
    pub(super) mutex: &'a PlainMutex<T>,
    /// `None` only while the thread waits on a condition variable.
    pub(super) inner: Option<loom::sync::MutexGuard<'a, T>>,
    pub(super) show: Option<Show<T>>,
    /// What the lock guarded when it was taken; only in a recorded interleaving.
    seen: Option<Value>,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Self(PlainMutex {
            object: Object::new("mutex"),
            switch_point: SwitchPoint::new(),
            inner: loom::sync::Mutex::new(value),
        })
    }

    pub fn into_inner(self) -> LockResult<T> {
        self.0.inner.into_inner()
    }
}

impl<T: Debug + ?Sized> Mutex<T> {
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.0.lock_showing(Some(value::show))
    }

    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        self.0.try_lock_showing(Some(value::show))
    }
}

impl<T: ?Sized> Mutex<T> {
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.0.inner.get_mut()
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
        not_debug::<T>();
        self.lock_showing(None)
    }

    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        not_debug::<T>();
        self.try_lock_showing(None)
    }

    #[track_caller]
    fn lock_showing(&self, show: Option<Show<T>>) -> LockResult<MutexGuard<'_, T>> {
        let call = record::call(Operation::Lock, Some(self.object));
        let inner = self.inner.lock().expect("loom does not poison");
        let guard = MutexGuard::new(self, inner, show, call);
        self.switch_point.touch();
        Ok(guard)
    }

    #[track_caller]
    fn try_lock_showing(&self, show: Option<Show<T>>) -> TryLockResult<MutexGuard<'_, T>> {
        let call = record::call(Operation::TryLock, Some(self.object));
        self.switch_point.touch();
        match self.inner.try_lock() {
            Ok(inner) => {
                let guard = MutexGuard::new(self, inner, show, call);
                self.switch_point.touch();
                Ok(guard)
            }
            Err(_) => {
                spin::saw(self.object, 0);
                if let Some(call) = call {
                    call.became(Operation::TryLockFails).done(|_| {});
                }
                Err(TryLockError::WouldBlock)
            }
        }
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    pub(super) fn new(
        mutex: &'a PlainMutex<T>,
        inner: loom::sync::MutexGuard<'a, T>,
        show: Option<Show<T>>,
        call: Option<record::Call>,
    ) -> Self {
        let mut seen = None;
        if let Some(call) = call {
            seen = show.map(|show| show(&inner));
            call.done(|step| step.sees = seen.as_ref().map(Value::all));
        }
        Self { mutex, inner: Some(inner), show, seen }
    }

    /// What has changed behind the lock since it was taken.
    pub(super) fn changes(&self) -> Option<String> {
        let (show, seen) = (self.show?, self.seen.as_ref()?);
        show(self.inner.as_ref()?).changes(seen)
    }

    pub(super) fn object(&self) -> Object {
        self.mutex.object
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.inner.is_some()
            && let Some(call) = record::call(Operation::Unlock, Some(self.mutex.object))
        {
            let leaves = self.changes();
            call.done(|step| step.leaves = leaves);
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
