//! The checks of exercise 2. Each is a sentence of its contract, and asserts no more.

mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod jobs;
mod race;

harness::answer!("src/worker_pool.rs", Tokio);
