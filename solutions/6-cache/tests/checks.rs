//! Compiles the answer a second time, with the explorer's primitives, and mounts the checks that
//! all answers share.

#[cfg(not(std_arc))]
pub use explorer::sync;
#[cfg(std_arc)]
pub use explorer::sync_with_std_arc as sync;

#[path = "../../../tests/6-cache/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// The models do not use everything that is public.
#[allow(dead_code)]
#[path = "../src/cache.rs"]
mod instrumented;
