//! Mounts the answer on shuttle's tokio, and the shared checks on that and on the real one.

extern crate shuttle_tokio as tokio;
extern crate shuttle_tokio_util as tokio_util;
extern crate tokio as real_tokio;
extern crate tokio_util as real_tokio_util;

pub use explorer::seeded::sync;
#[path = "../../../tests/3-parallel-handler/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// Public in the library; here, only what the models call is used.
#[allow(dead_code)]
#[path = "../src/parallel_handler.rs"]
mod explored;
