//! Runs a model of an answer under many interleavings, and records the one that fails.
//!
//! The feature `loom` adds [`exhaustive`], which tries every interleaving of a small model. Its
//! [`sync`] has the primitives that an answer takes from `crate::sync`, with the signatures of
//! std's and tokio's. The feature `shuttle` adds `seeded`, for answers that are tokio programs
//! and have too many interleavings: it tries a fixed number of schedules, each of which follows
//! from a seed.
//!
//! Both describe an interleaving as a [`Schedule`](schedule::Schedule).
//!
//! The feature `walk` adds `walk`, for small programs. It makes the
//! [`Graph`](schedule::Graph) of all their interleavings, with the states in between, for a reader
//! to walk through.

#![warn(missing_docs)]

mod answer;
#[cfg(any(feature = "loom", feature = "walk"))]
mod channel;
#[cfg(feature = "loom")]
pub mod exhaustive;
mod failure;
#[cfg(any(feature = "loom", feature = "shuttle"))]
mod hook;
#[cfg(any(feature = "loom", feature = "shuttle", feature = "walk"))]
mod names;
pub mod progress;
#[cfg(feature = "shuttle")]
pub mod seeded;
#[cfg(any(feature = "loom", feature = "walk"))]
mod value;
#[cfg(feature = "walk")]
pub mod walk;

pub use answer::Answer;
#[cfg(feature = "loom")]
pub use exhaustive::{
    Data, Explorer, Gauge, GivenUp, Meeting, Searched, note, sync, sync_with_std_arc, task, thread,
};
pub use failure::{Failure, FailureKind};
