//! `std::sync::atomic`, explored.

use std::fmt;

pub use std::sync::atomic::Ordering;

use crate::exhaustive::record::{self, Call, Object};
use crate::exhaustive::{loads, spin};
use crate::value::number as shown;
use schedule::Operation;

#[track_caller]
pub fn fence(ordering: Ordering) {
    let call = record::call(Operation::Fence, None);
    loom::sync::atomic::fence(ordering);
    if let Some(call) = call {
        call.done(|step| step.text = Some(format!("{ordering:?}")));
    }
}

macro_rules! atomic {
    ($name:ident $(<$t:ident>)?, $value:ty, [$($method:ident),*]) => {
        pub struct $name $(<$t>)? {
            object: Object,
            inner: loom::sync::atomic::$name $(<$t>)?,
        }

        impl $(<$t>)? $name $(<$t>)? {
            #[track_caller]
            pub fn new(value: $value) -> Self {
                let inner = loom::sync::atomic::$name::new(value);
                // A `SeqCst` load must not see a value from before the last `SeqCst` store. loom
                // respects that only if the older value comes from a `SeqCst` store as well.
                inner.store(value, Ordering::SeqCst);
                Self { object: Object::new("atomic"), inner }
            }

            #[track_caller]
            pub fn load(&self, ordering: Ordering) -> $value {
                let call = record::call(Operation::Load, Some(self.object));
                let value = self.inner.load(loads::ordering(ordering));
                if let Some(call) = call {
                    call.done(|step| step.sees = Some(shown(&value)));
                }
                spin::saw(self.object, value as u64);
                value
            }

            #[track_caller]
            pub fn store(&self, value: $value, ordering: Ordering) {
                let call = record::call(Operation::Store, Some(self.object));
                self.inner.store(value, loads::ordering(ordering));
                if let Some(call) = call {
                    call.done(|step| step.leaves = Some(shown(&value)));
                }
            }

            #[track_caller]
            pub fn swap(&self, value: $value, ordering: Ordering) -> $value {
                let call = record::call(Operation::Update, Some(self.object));
                let seen = self.inner.swap(value, loads::ordering(ordering));
                updated(call, "swap", &seen, &value);
                seen
            }

            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let call = record::call(Operation::UpdateFails, Some(self.object));
                let (success, failure) = (loads::ordering(success), loads::ordering(failure));
                let result = self.inner.compare_exchange(current, new, success, failure);
                match result {
                    Ok(seen) => {
                        spin::went_on();
                        let call = call.map(|call| call.became(Operation::Update));
                        updated(call, "compare_exchange", &seen, &new);
                    }
                    Err(seen) => {
                        updated(call, "compare_exchange", &seen, &current);
                        spin::saw(self.object, seen as u64);
                    }
                }
                result
            }

            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            #[track_caller]
            pub fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut seen = self.load(fetch);
                while let Some(next) = f(seen) {
                    match self.compare_exchange(seen, next, set, fetch) {
                        Ok(before) => return Ok(before),
                        Err(now) => seen = now,
                    }
                }
                Err(seen)
            }

            #[track_caller]
            pub fn try_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.fetch_update(set, fetch, f)
            }

            #[track_caller]
            pub fn update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut f: impl FnMut($value) -> $value,
            ) -> $value {
                self.fetch_update(set, fetch, |value| Some(f(value))).expect("it always updates")
            }

            #[track_caller]
            pub fn into_inner(self) -> $value {
                self.inner.into_inner()
            }

            $(
                #[track_caller]
                pub fn $method(&self, operand: $value, ordering: Ordering) -> $value {
                    let call = record::call(Operation::Update, Some(self.object));
                    let seen = self.inner.$method(operand, loads::ordering(ordering));
                    if call.is_some() {
                        // What it left there, by std's own method.
                        let left = std::sync::atomic::$name::new(seen);
                        left.$method(operand, Ordering::Relaxed);
                        let method = format!("{}({operand:?})", stringify!($method));
                        updated(call, &method, &seen, &left);
                    }
                    seen
                }
            )*
        }

        impl $(<$t>)? fmt::Debug for $name $(<$t>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl $(<$t>)? From<$value> for $name $(<$t>)? {
            #[track_caller]
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

fn updated(call: Option<Call>, method: &str, seen: &dyn fmt::Debug, left: &dyn fmt::Debug) {
    if let Some(call) = call {
        call.done(|step| {
            step.text = Some(method.to_owned());
            step.sees = Some(shown(seen));
            step.leaves = Some(shown(left));
        });
    }
}

macro_rules! integers {
    ($($name:ident $value:ty),*) => {$(
        atomic!($name, $value, [
            fetch_add, fetch_sub, fetch_and, fetch_nand,
            fetch_or, fetch_xor, fetch_max, fetch_min
        ]);

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(0)
            }
        }
    )*};
}

integers!(
    AtomicU8 u8, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize,
    AtomicI8 i8, AtomicI16 i16, AtomicI32 i32, AtomicI64 i64, AtomicIsize isize
);

atomic!(AtomicBool, bool, [fetch_and, fetch_nand, fetch_or, fetch_xor]);

impl Default for AtomicBool {
    #[track_caller]
    fn default() -> Self {
        Self::new(false)
    }
}

atomic!(AtomicPtr<T>, *mut T, []);
