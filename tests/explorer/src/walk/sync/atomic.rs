//! `std::sync::atomic`, walked: each operation is one step, whatever its ordering.

use std::fmt;

pub use std::sync::atomic::Ordering;

use crate::value::number;
use crate::walk::call::Call;
use crate::walk::turn::{Object, Turn};
use crate::walk::world::announce;
use schedule::Operation;

/// The order in which the walker's threads run is the order of everything.
const INNER: Ordering = Ordering::SeqCst;

#[track_caller]
pub fn fence(ordering: Ordering) {
    let text = Some(format!("{ordering:?}"));
    if let Some(turn) = announce(Call { text, ..Call::new(Operation::Fence) }) {
        turn.done(|_| {});
    }
}

fn update(object: Object, text: String) -> Call {
    Call { text: Some(text), ..Call::on(Operation::Update, object) }
}

/// Shows what an operation saw and left.
fn updated(turn: Option<Turn>, object: Object, seen: &dyn fmt::Debug, left: &dyn fmt::Debug) {
    let Some(turn) = turn else { return };
    turn.change(object, |atomic| atomic.value = Some(number(left)));
    turn.done(|step| {
        step.sees = Some(number(seen));
        step.leaves = Some(number(left));
    });
}

macro_rules! atomic {
    ($name:ident, $value:ty, [$($method:ident),*]) => {
        pub struct $name {
            object: Object,
            inner: std::sync::atomic::$name,
        }

        impl $name {
            pub fn new(value: $value) -> Self {
                let object = Object::with_value("atomic", number(&value));
                Self { object, inner: std::sync::atomic::$name::new(value) }
            }

            #[track_caller]
            pub fn load(&self, _: Ordering) -> $value {
                let turn = announce(Call::on(Operation::Load, self.object));
                let seen = self.inner.load(INNER);
                if let Some(turn) = turn {
                    turn.done(|step| step.sees = Some(number(&seen)));
                }
                seen
            }

            #[track_caller]
            pub fn store(&self, value: $value, _: Ordering) {
                let leaves = Some(number(&value));
                let call = Call { leaves, ..Call::on(Operation::Store, self.object) };
                let turn = announce(call);
                self.inner.store(value, INNER);
                if let Some(turn) = turn {
                    turn.change(self.object, |atomic| atomic.value = Some(number(&value)));
                    turn.done(|_| {});
                }
            }

            #[track_caller]
            pub fn swap(&self, value: $value, _: Ordering) -> $value {
                let turn = announce(update(self.object, format!("swap({value:?})")));
                let seen = self.inner.swap(value, INNER);
                updated(turn, self.object, &seen, &value);
                seen
            }

            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                _: Ordering,
                _: Ordering,
            ) -> Result<$value, $value> {
                let text = format!("compare_exchange({current:?}, {new:?})");
                let turn = announce(update(self.object, text));
                let result = self.inner.compare_exchange(current, new, INNER, INNER);
                match (result, turn) {
                    (Ok(seen), turn) => updated(turn, self.object, &seen, &new),
                    (Err(seen), Some(turn)) => turn.done(|step| {
                        step.operation = Operation::UpdateFails;
                        step.sees = Some(number(&seen));
                    }),
                    (Err(_), None) => {}
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

            pub fn into_inner(self) -> $value {
                self.inner.into_inner()
            }

            $(
                #[track_caller]
                pub fn $method(&self, operand: $value, _: Ordering) -> $value {
                    let text = format!("{}({operand:?})", stringify!($method));
                    let turn = announce(update(self.object, text));
                    let seen = self.inner.$method(operand, INNER);
                    updated(turn, self.object, &seen, &self.inner.load(INNER));
                    seen
                }
            )*
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl From<$value> for $name {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(<$value>::default())
            }
        }
    };
}

macro_rules! integers {
    ($($name:ident $value:ty),*) => {$(
        atomic!($name, $value, [
            fetch_add, fetch_sub, fetch_and, fetch_nand,
            fetch_or, fetch_xor, fetch_max, fetch_min
        ]);
    )*};
}

integers!(
    AtomicU8 u8, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize,
    AtomicI8 i8, AtomicI16 i16, AtomicI32 i32, AtomicI64 i64, AtomicIsize isize
);

atomic!(AtomicBool, bool, [fetch_and, fetch_nand, fetch_or, fetch_xor]);
