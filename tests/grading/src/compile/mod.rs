//! Compiles the answers of a class without cargo.
//!
//! Cargo builds the stub of an exercise once, and its two calls of rustc are written down: for
//! the library, and for the checks. For each answer the same two calls are made again in a jail,
//! with the answer's folder in place of the stub's. All that they need besides is in a copy: what
//! other commands build in the meantime changes nothing.

mod record;
mod replay;
mod template;

pub use record::instead_of_rustc;
pub use template::Template;
