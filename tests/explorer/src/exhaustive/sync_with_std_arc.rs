//! [`sync`](super::sync) with std's own `Arc`, for an answer that needs what only that one can do: `impl Wake`, and
//! `Arc`s of traits and slices. No threads are switched where such an `Arc` is cloned, dropped or counted.

pub use std::sync::{Arc, Weak};

pub use super::sync::*;
