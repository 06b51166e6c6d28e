//! Compiles the answer a second time, with the explorer's primitives, and mounts the checks that
//! all answers share.

pub use explorer::sync;
#[path = "../../../tests/4-semaphore/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// The models do not use everything that is public.
#[allow(dead_code)]
#[path = "../src/semaphore.rs"]
mod instrumented;
