//! Tries the interleavings of an answer, and shows the one that breaks it.
//!
//! [`sync`] has the primitives that an answer takes from `crate::sync`, with the
//! signatures of the real ones. They are loom's underneath, so [`explore`] can run
//! a model under every schedule that loom tells apart. They also know how to
//! record what they do; that is off during the search, and on when the one
//! interleaving that fails is [replayed](explore::Explorer::replay) into a
//! [`Schedule`](schedule::Schedule).
//!
//! An exercise whose answers are tokio programs is too large for that. There,
//! [`seeded`] has a search by seeds on shuttle, and a timeline of what can be observed.
//!
//! A model is made of [`thread`]s and [`task`]s.

mod data;
pub mod explore;
mod place;
pub mod progress;
mod record;
#[cfg(feature = "shuttle")]
pub mod seeded;
pub mod sync;
pub mod task;
pub mod thread;
mod value;

pub use data::{Data, Gauge, Meeting};
pub use explore::{Answer, Explorer, Failure, FailureKind};
pub use record::note;
