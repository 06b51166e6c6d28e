//! What `tokio` is for an answer that is searched by seeds: shuttle's tokio, with a bounded channel
//! and a clock of our own, and with methods that it lacks.

pub use shuttle_tokio::*;

pub mod task;
pub mod time;

pub mod sync {
    //! `tokio::sync`.

    pub use shuttle_tokio::sync::*;

    pub mod mpsc;
}
