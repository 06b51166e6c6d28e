use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt::{self, Debug, Display};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::pin::Pin;

use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::Relaxed;

/// `std::sync::Arc`, explored. Its steps are not recorded: they would hide the others.
pub struct Arc<T: ?Sized> {
    // Dropped first, so that other threads can read the count before it changes.
    switch_point: CountSwitchPoint,
    inner: loom::sync::Arc<T>,
}

/// A point to switch threads at, before the count of owners changes or is read. loom has none
/// where it is read. Only answers that read the count have these points.
#[derive(Clone)]
struct CountSwitchPoint(Option<std::sync::Arc<AtomicBool>>);

impl CountSwitchPoint {
    fn new() -> Self {
        let explored = crate::exhaustive::switch_points::at_counts();
        Self(explored.then(|| std::sync::Arc::new(AtomicBool::new(false))))
    }

    fn touch(&self) {
        if let Some(flag) = &self.0 {
            flag.fetch_or(false, Relaxed);
        }
    }
}

impl Drop for CountSwitchPoint {
    fn drop(&mut self) {
        self.touch();
    }
}

impl<T> Arc<T> {
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { switch_point: CountSwitchPoint::new(), inner: loom::sync::Arc::new(value) }
    }

    #[track_caller]
    pub fn pin(value: T) -> Pin<Self>
    where
        T: Unpin,
    {
        Pin::new(Self::new(value))
    }

    #[track_caller]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        let Self { switch_point, inner } = this;
        loom::sync::Arc::try_unwrap(inner).map_err(|inner| Self { switch_point, inner })
    }

    #[track_caller]
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Self::try_unwrap(this).unwrap_or_else(|this| T::clone(&this))
    }
}

impl<T: ?Sized> Arc<T> {
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        this.switch_point.touch();
        loom::sync::Arc::strong_count(&this.inner)
    }

    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        loom::sync::Arc::get_mut(&mut this.inner)
    }

    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        loom::sync::Arc::ptr_eq(&this.inner, &other.inner)
    }

    pub fn as_ptr(this: &Self) -> *const T {
        loom::sync::Arc::as_ptr(&this.inner)
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.switch_point.touch();
        Self { switch_point: self.switch_point.clone(), inner: self.inner.clone() }
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: ?Sized> AsRef<T> for Arc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: Debug + ?Sized> Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Display + ?Sized> Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Default> Default for Arc<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Arc<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: PartialEq + ?Sized> PartialEq for Arc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq + ?Sized> Eq for Arc<T> {}

impl<T: PartialOrd + ?Sized> PartialOrd for Arc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: Ord + ?Sized> Ord for Arc<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: Hash + ?Sized> Hash for Arc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}
