//! Compiles the answer a second time, on shuttle's tokio, and includes the shared checks.

extern crate explorer_tokio as tokio;
extern crate shuttle_tokio_util as tokio_util;
extern crate tokio as real_tokio;
extern crate tokio_util as real_tokio_util;

pub use explorer::seeded::sync;
#[path = "../../../tests/3-parallel-handler/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// The models do not use everything that is public in the library.
#[allow(dead_code)]
#[path = "../src/parallel_handler.rs"]
mod instrumented;
