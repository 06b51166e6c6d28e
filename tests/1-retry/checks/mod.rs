//! The checks of exercise 1. Each is a sentence of its contract, and asserts no more.

mod behaviour;
mod budget;
#[cfg(not(unexplored))]
mod explored;
mod ollama;
mod race;

harness::answer!("src/retry.rs", Tokio);
