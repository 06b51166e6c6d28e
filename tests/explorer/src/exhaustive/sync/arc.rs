use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt::{self, Debug, Display};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc as StdArc, Weak as StdWeak};

use super::owners::{Owner, Watcher};

/// `std::sync::Arc`, explored. Its steps are not recorded: they would hide the others.
pub struct Arc<T: ?Sized> {
    // Dropped first, so that other threads can run before the count changes.
    owner: Owner,
    inner: StdArc<Inner<T>>,
}

/// `std::sync::Weak`, explored.
pub struct Weak<T: ?Sized> {
    /// `None` for one that was made by [`Weak::new`].
    watcher: Option<Watcher>,
    inner: StdWeak<Inner<T>>,
}

struct Inner<T: ?Sized> {
    /// loom fails a model at whose end one of its `Arc`s is left. So this finds what is leaked.
    _canary: loom::sync::Arc<()>,
    value: T,
}

impl<T> Inner<T> {
    #[track_caller]
    fn new(value: T) -> Self {
        Self { _canary: loom::sync::Arc::new(()), value }
    }
}

impl<T> Arc<T> {
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { owner: Owner::first(), inner: StdArc::new(Inner::new(value)) }
    }

    #[track_caller]
    pub fn new_cyclic(value: impl FnOnce(&Weak<T>) -> T) -> Self {
        let owner = Owner::first();
        let watcher = owner.watcher();
        let inner = StdArc::new_cyclic(|inner| {
            let weak = Weak { watcher: Some(watcher), inner: inner.clone() };
            Inner::new(value(&weak))
        });
        Self { owner, inner }
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
        let Self { owner, inner } = this;
        owner.claim();
        match StdArc::try_unwrap(inner) {
            Ok(inner) => {
                drop(owner);
                Ok(inner.value)
            }
            Err(inner) => Err(Self { owner, inner }),
        }
    }

    #[track_caller]
    pub fn into_inner(this: Self) -> Option<T> {
        let Self { owner, inner } = this;
        drop(owner);
        StdArc::into_inner(inner).map(|inner| inner.value)
    }

    #[track_caller]
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Self::try_unwrap(this).unwrap_or_else(|this| T::clone(&this))
    }
}

impl<T: Clone> Arc<T> {
    /// Where only [`Weak`]s share the value, std moves it; here, it is cloned.
    #[track_caller]
    pub fn make_mut(this: &mut Self) -> &mut T {
        if Self::get_mut(this).is_none() {
            *this = Self::new(T::clone(this));
        }
        let inner = StdArc::get_mut(&mut this.inner).expect("nothing else shares it");
        &mut inner.value
    }
}

impl<T: ?Sized> Arc<T> {
    #[track_caller]
    pub fn downgrade(this: &Self) -> Weak<T> {
        let watcher = this.owner.watcher();
        watcher.look();
        Weak { watcher: Some(watcher), inner: StdArc::downgrade(&this.inner) }
    }

    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        this.owner.look();
        StdArc::strong_count(&this.inner)
    }

    #[track_caller]
    pub fn weak_count(this: &Self) -> usize {
        this.owner.look();
        StdArc::weak_count(&this.inner)
    }

    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.owner.claim();
        StdArc::get_mut(&mut this.inner).map(|inner| &mut inner.value)
    }

    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        StdArc::ptr_eq(&this.inner, &other.inner)
    }

    pub fn as_ptr(this: &Self) -> *const T {
        &raw const this.inner.value
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        // Before the count changes.
        let owner = self.owner.clone();
        Self { owner, inner: self.inner.clone() }
    }
}

impl<T> Weak<T> {
    pub const fn new() -> Self {
        Self { watcher: None, inner: StdWeak::new() }
    }
}

impl<T: ?Sized> Weak<T> {
    #[track_caller]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        let watcher = self.watcher.as_ref()?;
        watcher.look();
        let inner = self.inner.upgrade()?;
        Some(Arc { owner: watcher.owner(), inner })
    }

    #[track_caller]
    pub fn strong_count(&self) -> usize {
        self.look();
        self.inner.strong_count()
    }

    #[track_caller]
    pub fn weak_count(&self) -> usize {
        self.look();
        self.inner.weak_count()
    }

    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.inner.ptr_eq(&other.inner)
    }

    #[track_caller]
    fn look(&self) {
        if let Some(watcher) = &self.watcher {
            watcher.look();
        }
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.look();
        Self { watcher: self.watcher.clone(), inner: self.inner.clone() }
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.look();
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner.value
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
