//! The guide: the sections of its pages, and the server that shows it.

mod sections;
mod server;

pub use sections::{Section, sections};
pub use server::{ADDRESS, Server};

/// The title of the book, by which its server is told from another one.
pub const TITLE: &str = "Interleave: concurrency in Rust";
