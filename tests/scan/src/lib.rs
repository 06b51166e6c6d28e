//! Reads what an answer uses, from its text.
//!
//! [`findings`] are what no answer needs: what reads files, ends the process, or tells the
//! answer where it is compiled. [`bypasses`] are what the explorer cannot see, and what blocks
//! a thread. [`differences`] are the signatures that are not those of the stub. None of them compiles
//! anything: they go by the tokens, and by the answer's own imports.

#![warn(missing_docs)]

mod bypass;
mod findings;
mod names;
mod reader;
mod signatures;
mod tokens;

pub use bypass::{Allowed, Bypass, Effect, Rule, bypasses};
pub use findings::{Finding, Weight, findings};
pub use signatures::{Difference, Signature, differences};

/// The crates that an answer can name.
const CRATES: [&str; 10] = [
    "alloc",
    "core",
    "fastrand",
    "futures",
    "ollama",
    "std",
    "tokio",
    "tokio_util",
    "tracing",
    "tracing_attributes",
];
