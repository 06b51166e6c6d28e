//! The checks of exercise 1. Each asserts one statement of its contract, and nothing more.

mod behaviour;
#[cfg(not(unexplored))]
mod explored;
mod ollama;
mod race;
mod send;
mod sequences;

harness::answer!("src/retry.rs", TokioOutsideOfTypes);
