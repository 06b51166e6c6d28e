//! The worker pool's solution on shuttle alone. The explorer's overhead is measured against it.

extern crate shuttle_tokio as tokio;
extern crate shuttle_tokio_util as tokio_util;

use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, FailurePersistence, Runner};

mod sync {
    pub use shuttle::sync::{Mutex, MutexGuard};
    pub use std::sync::{Arc, PoisonError};
}
pub mod model;
// The model uses only a part of it.
#[allow(dead_code)]
#[path = "../../../../../solutions/2-worker-pool/src/worker_pool.rs"]
mod worker_pool;

/// The size of a task's stack, in bytes, as the explorer has it.
const STACK_SIZE: usize = 0xf_0000;

/// Runs the model under so many random schedules.
pub fn explore(schedules: usize) {
    let mut config = Config::new();
    config.stack_size = STACK_SIZE;
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    let scheduler = RandomScheduler::new_from_seed(0, schedules);
    Runner::new(scheduler, config).run(|| shuttle::future::block_on(model::four_jobs()));
}
