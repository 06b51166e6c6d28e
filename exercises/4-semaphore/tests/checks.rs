//! Mounts the answer on the explorer's primitives, and the shared checks on both.

pub use explorer::sync;
#[path = "../../../tests/4-semaphore/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// Public in the library; here, only what the models call is used.
#[allow(dead_code)]
#[path = "../src/semaphore.rs"]
mod explored;
