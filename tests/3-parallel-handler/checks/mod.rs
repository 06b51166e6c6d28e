//! The checks of exercise 3. Each asserts one sentence of the contract, and nothing more.

mod any_backend;
mod backend;
mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod ollama;
mod sequences;

harness::answer!("src/parallel_handler.rs", Tokio);
