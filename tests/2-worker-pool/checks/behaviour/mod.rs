//! What the pool does, on a paused clock.
//!
//! The clock advances only when no task can run. So a check can wait until the pool is at rest before it looks, and
//! waiting for a year takes no time.

#![allow(clippy::drop_non_drop, reason = "an answer's pool may have no destructor")]

mod backpressure;
mod cancel;
mod jobs;
mod panics;
mod results;
mod send;
mod shutdown;
mod submit;
mod workers;
