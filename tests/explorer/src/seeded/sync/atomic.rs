//! `std::sync::atomic` on shuttle, with stores that may be delayed.
//!
//! Before each operation, another task may run. All operations are sequentially consistent, but
//! for a store that is not `SeqCst`: see [`store_buffer`].

use std::fmt::{self, Debug};
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use shuttle::sync::atomic::{AtomicPtr, compiler_fence, fence};
pub use std::sync::atomic::Ordering;

use crate::seeded::store_buffer::{self, Arrival};
use crate::seeded::switch_point;

/// The value that all tasks see, and the stores that only the task sees that made them.
struct Memory<T> {
    value: T,
    delayed: Vec<(T, Arrival)>,
}

struct Atomic<T>(Mutex<Memory<T>>);

impl<T: Copy + Eq + Debug> Atomic<T> {
    const fn new(value: T) -> Self {
        Self(Mutex::new(Memory { value, delayed: Vec::new() }))
    }

    /// No other task runs while this lock is held.
    fn memory(&self) -> MutexGuard<'_, Memory<T>> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.take_in_what_has_arrived();
        memory
    }

    #[track_caller]
    fn load(&self) -> T {
        let place = Location::caller();
        store_buffer::before_plain_access(place);
        switch_point();
        let (seen, newer) = self.memory().seen();
        store_buffer::after_load(place, &seen, newer.as_ref().map(|newer| newer as &dyn Debug));
        seen
    }

    #[track_caller]
    fn store(&self, value: T, ordering: Ordering) {
        if ordering == Ordering::SeqCst {
            self.update(|_| Some(value)).expect("it always updates");
            return;
        }
        let place = Location::caller();
        store_buffer::before_plain_access(place);
        switch_point();
        match store_buffer::delay(place, &value) {
            Some(arrival) => self.memory().delayed.push((value, arrival)),
            None => self.memory().value = value,
        }
    }

    /// Calls `f` as often as another task changes the value meanwhile, as std's `fetch_update`.
    fn update(&self, mut f: impl FnMut(T) -> Option<T>) -> Result<T, T> {
        store_buffer::all_arrives();
        switch_point();
        loop {
            let seen = self.memory().value;
            let Some(next) = f(seen) else { return Err(seen) };
            let mut memory = self.memory();
            if memory.value == seen {
                memory.value = next;
                return Ok(seen);
            }
        }
    }

    /// Nobody else has the atomic, so everything has arrived.
    fn get_mut(&mut self) -> &mut T {
        let memory = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        memory.take_in_what_has_arrived();
        if let Some((value, _)) = memory.delayed.drain(..).next_back() {
            memory.value = value;
        }
        &mut memory.value
    }
}

impl<T: Copy> Memory<T> {
    fn take_in_what_has_arrived(&mut self) {
        if self.delayed.is_empty() {
            return;
        }
        let arrived = |(_, arrival): &(T, Arrival)| arrival.number();
        if let Some((value, _)) = self
            .delayed
            .iter()
            .filter(|store| arrived(store).is_some())
            .max_by_key(|store| arrived(store))
        {
            self.value = *value;
        }
        self.delayed.retain(|store| arrived(store).is_none());
    }

    /// What the running task sees, and the value of another task's store that it does not see.
    fn seen(&self) -> (T, Option<T>) {
        let mine = |(_, arrival): &&(T, Arrival)| arrival.is_of_this_task();
        let seen = self.delayed.iter().rfind(mine).map_or(self.value, |(value, _)| *value);
        (seen, self.delayed.iter().rfind(|store| !mine(store)).map(|(value, _)| *value))
    }
}

macro_rules! atomic {
    ($name:ident, $value:ty, [$($method:ident: $operation:expr),* $(,)?]) => {
        #[doc = concat!("`std::sync::atomic::", stringify!($name), "`, searched by seeds.")]
        pub struct $name(Atomic<$value>);

        #[allow(missing_docs, reason = "these are std's methods")]
        impl $name {
            pub const fn new(value: $value) -> Self {
                Self(Atomic::new(value))
            }

            #[track_caller]
            pub fn load(&self, _: Ordering) -> $value {
                self.0.load()
            }

            #[track_caller]
            pub fn store(&self, value: $value, ordering: Ordering) {
                self.0.store(value, ordering);
            }

            pub fn swap(&self, value: $value, _: Ordering) -> $value {
                self.update_always(|_| value)
            }

            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                _: Ordering,
                _: Ordering,
            ) -> Result<$value, $value> {
                self.0.update(|value| (value == current).then_some(new))
            }

            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            pub fn fetch_update(
                &self,
                _: Ordering,
                _: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.0.update(f)
            }

            pub fn try_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.fetch_update(set, fetch, f)
            }

            pub fn update(
                &self,
                _: Ordering,
                _: Ordering,
                f: impl FnMut($value) -> $value,
            ) -> $value {
                self.update_always(f)
            }

            pub fn get_mut(&mut self) -> &mut $value {
                self.0.get_mut()
            }

            pub fn into_inner(mut self) -> $value {
                *self.get_mut()
            }

            $(
                pub fn $method(&self, operand: $value, _: Ordering) -> $value {
                    let operation: fn($value, $value) -> $value = $operation;
                    self.update_always(|value| operation(value, operand))
                }
            )*

            fn update_always(&self, mut f: impl FnMut($value) -> $value) -> $value {
                self.0.update(|value| Some(f(value))).expect("it always updates")
            }
        }

        impl Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (seen, _) = self.0.memory().seen();
                Debug::fmt(&seen, f)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(Default::default())
            }
        }

        impl From<$value> for $name {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

macro_rules! integers {
    ($($name:ident $value:ty),* $(,)?) => {$(
        atomic!($name, $value, [
            fetch_add: <$value>::wrapping_add,
            fetch_sub: <$value>::wrapping_sub,
            fetch_and: |a, b| a & b,
            fetch_nand: |a, b| !(a & b),
            fetch_or: |a, b| a | b,
            fetch_xor: |a, b| a ^ b,
            fetch_max: <$value>::max,
            fetch_min: <$value>::min,
        ]);
    )*};
}

integers!(
    AtomicU8 u8, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize,
    AtomicI8 i8, AtomicI16 i16, AtomicI32 i32, AtomicI64 i64, AtomicIsize isize,
);

atomic!(AtomicBool, bool, [
    fetch_and: |a, b| a & b,
    fetch_nand: |a, b| !(a & b),
    fetch_or: |a, b| a | b,
    fetch_xor: |a, b| a ^ b,
]);

#[allow(missing_docs, reason = "this is std's method")]
impl AtomicBool {
    pub fn fetch_not(&self, ordering: Ordering) -> bool {
        self.fetch_xor(true, ordering)
    }
}
