//! The checks of exercise 3. Each is a sentence of its contract, and asserts no more.

mod backend;
mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod ollama;

harness::answer!("src/parallel_handler.rs", Tokio);
