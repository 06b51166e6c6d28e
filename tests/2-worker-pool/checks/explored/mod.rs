//! The pool under many schedules of small models, each with a timeline of what happens.

#![allow(clippy::drop_non_drop, reason = "an answer's pool may have no destructor")]

mod cancel;
mod dropped;
mod model;
mod running;
mod several;
mod shutdown;
