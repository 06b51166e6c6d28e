//! The checks of exercise 5. Each asserts one sentence of the contract, and nothing more.

mod backend;
mod behaviour;
mod ollama;
mod race;
mod recorder;
mod sequences;

harness::answer!("src/logging.rs", Tokio);
