//! The checks of exercise 4. Each is a sentence of its contract, and asserts no more.

mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod race;

harness::answer!("src/semaphore.rs", Std);

/// Counts what the answer keeps, and ends a process that wants ever more.
#[global_allocator]
static MEMORY: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, 2 << 30);
