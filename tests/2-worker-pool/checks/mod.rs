//! The checks of exercise 2. Each asserts one sentence of the contract, and nothing more.

mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod race;
mod sequences;

harness::answer!("src/worker_pool.rs", Tokio);
