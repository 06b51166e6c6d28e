//! Mounts the answer on the explorer's primitives, and the shared checks on both.

#[cfg(not(std_arc))]
pub use explorer::sync;
#[cfg(std_arc)]
pub use explorer::sync_with_std_arc as sync;

#[path = "../../../tests/1-retry/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// Public in the library; here, only what the models call is used.
#[allow(dead_code)]
#[path = "../src/retry.rs"]
mod instrumented;
