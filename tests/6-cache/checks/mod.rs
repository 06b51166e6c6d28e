//! The checks of exercise 6. Each is one sentence of its contract, and asserts nothing else.

mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod key;
mod race;
mod sequences;

harness::answer!("src/cache.rs", Std);

/// Measures what the answer allocates, and ends a process that allocates more than 2 GiB.
#[global_allocator]
static MEMORY: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, 2 << 30);

/// A capacity.
fn room(values: usize) -> std::num::NonZeroUsize {
    values.try_into().expect("no check has a cache without room")
}
