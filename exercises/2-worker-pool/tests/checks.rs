//! Compiles the answer with shuttle's tokio, and mounts the checks that all answers share.

extern crate explorer_tokio as tokio;
extern crate shuttle_tokio_util as tokio_util;
extern crate tokio as real_tokio;
extern crate tokio_util as real_tokio_util;

pub use explorer::seeded::sync;
#[path = "../../../tests/2-worker-pool/checks/mod.rs"]
mod checks;
#[cfg(not(unexplored))]
// The models do not use everything that is public.
#[allow(dead_code)]
#[path = "../src/worker_pool.rs"]
mod instrumented;
