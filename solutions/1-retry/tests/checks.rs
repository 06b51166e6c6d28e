//! Mounts the answer on the explorer's primitives, and the shared checks on both.

pub use explorer::sync;
// Public in the library; here, only what the models call is used.
#[path = "../../../tests/checks/retry/mod.rs"]
mod checks;
#[allow(dead_code)]
#[path = "../src/retry.rs"]
mod explored;
