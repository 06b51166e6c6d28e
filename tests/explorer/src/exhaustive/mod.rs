//! The exhaustive search: every interleaving of a model, on loom.
//!
//! A model is made of [`thread`]s and [`task`]s, and uses an answer whose `crate::sync` is
//! [`sync`]. Its primitives are loom's underneath, so [`Explorer::explore`] can run the model
//! under every interleaving that loom distinguishes. Each primitive can also record what it does.
//! The recording is off during the search, and on when the one interleaving that failed is
//! [run again](Explorer::replay).

mod chance;
mod data;
mod loads;
mod record;
mod search;
mod spin;
mod switch_points;
pub mod sync;
pub mod sync_with_std_arc;
pub mod task;
pub mod thread;

pub use data::{Data, Gauge, Meeting};
pub use record::note;
pub use search::{Explorer, GivenUp, Searched};
