//! The checks of the optional part of exercise 3. Each asserts one sentence of the contract, and
//! nothing more.

mod backend;
mod behaviour;
mod ollama;

harness::answer!("src/streaming.rs", Tokio);
