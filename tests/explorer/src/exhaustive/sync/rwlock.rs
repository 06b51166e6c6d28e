use std::fmt::{self, Debug, Display};
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, TryLockError, TryLockResult};

use super::SwitchPoint;
use super::not_debug::not_debug;
use crate::exhaustive::record::{self, Call, Object};
use crate::exhaustive::spin;
use crate::value::{self, Show, Value};
use schedule::Operation;

/// `std::sync::RwLock`, explored. It is never poisoned: a panic ends the model. A thread that reads
/// while it already holds a read guard fails the model, because std's may deadlock or panic then.
///
/// As in [`Mutex`](super::Mutex), the methods that lock exist twice: here for values that are
/// `Debug`, and in `PlainRwLock` for all others.
pub struct RwLock<T: ?Sized>(PlainRwLock<T>);

#[doc(hidden)]
pub struct PlainRwLock<T: ?Sized> {
    object: Object,
    switch_point: SwitchPoint,
    inner: loom::sync::RwLock<T>,
}

macro_rules! guard {
    ($guard:ident) => {
        pub struct $guard<'a, T: ?Sized> {
            object: Object,
            inner: loom::sync::$guard<'a, T>,
            show: Option<Show<T>>,
            seen: Option<Value>,
        }

        impl<'a, T: ?Sized> $guard<'a, T> {
            fn new(
                object: Object,
                inner: loom::sync::$guard<'a, T>,
                show: Option<Show<T>>,
                call: Option<Call>,
            ) -> Self {
                let mut seen = None;
                if let Some(call) = call {
                    seen = show.map(|show| show(&inner));
                    call.done(|step| step.sees = seen.as_ref().map(Value::all));
                }
                Self { object, inner, show, seen }
            }
        }

        impl<T: ?Sized> Drop for $guard<'_, T> {
            fn drop(&mut self) {
                if let Some(call) = record::call(Operation::Unlock, Some(self.object)) {
                    let changes = |(show, seen): (Show<T>, &Value)| show(&self.inner).changes(seen);
                    let leaves = self.show.zip(self.seen.as_ref()).and_then(changes);
                    call.done(|step| step.leaves = leaves);
                }
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

        impl<T: Display + ?Sized> Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

guard!(RwLockReadGuard);
guard!(RwLockWriteGuard);

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T> RwLock<T> {
    pub fn new(value: T) -> Self {
        Self(PlainRwLock {
            object: Object::new("lock"),
            switch_point: SwitchPoint::new(),
            inner: loom::sync::RwLock::new(value),
        })
    }

    pub fn into_inner(self) -> LockResult<T> {
        self.0.inner.into_inner()
    }
}

impl<T: Debug + ?Sized> RwLock<T> {
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.0.read_showing(Some(value::show))
    }

    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.0.try_read_showing(Some(value::show))
    }

    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.0.write_showing(Some(value::show))
    }

    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        self.0.try_write_showing(Some(value::show))
    }
}

impl<T: ?Sized> RwLock<T> {
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.0.inner.get_mut()
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

macro_rules! locking {
    ($lock:ident, $lock_showing:ident, $try_lock:ident, $try_lock_showing:ident, $guard:ident) => {
        #[track_caller]
        pub fn $lock(&self) -> LockResult<$guard<'_, T>> {
            not_debug::<T>();
            self.$lock_showing(None)
        }

        #[track_caller]
        pub fn $try_lock(&self) -> TryLockResult<$guard<'_, T>> {
            not_debug::<T>();
            self.$try_lock_showing(None)
        }

        #[track_caller]
        fn $lock_showing(&self, show: Option<Show<T>>) -> LockResult<$guard<'_, T>> {
            let call = record::call(Operation::Lock, Some(self.object));
            let inner = self.inner.$lock().expect("loom does not poison");
            let guard = $guard::new(self.object, inner, show, call);
            self.switch_point.touch();
            Ok(guard)
        }

        #[track_caller]
        fn $try_lock_showing(&self, show: Option<Show<T>>) -> TryLockResult<$guard<'_, T>> {
            let call = record::call(Operation::TryLock, Some(self.object));
            self.switch_point.touch();
            match self.inner.$try_lock() {
                Ok(inner) => {
                    let guard = $guard::new(self.object, inner, show, call);
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
    };
}

impl<T: ?Sized> PlainRwLock<T> {
    locking!(read, read_showing, try_read, try_read_showing, RwLockReadGuard);
    locking!(write, write_showing, try_write, try_write_showing, RwLockWriteGuard);
}

impl<T: ?Sized> Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").finish_non_exhaustive()
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
