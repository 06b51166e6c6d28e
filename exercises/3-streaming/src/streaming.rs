//! Sends many prompts, a few at a time, and gives the parts of all answers on one channel as they
//! come.
//!
//! In Go this takes a goroutine per request that sends to one channel, a `WaitGroup` that closes
//! it, and a context that ends them all. In Rust the receiver can be all three: it ends when the
//! last sender is gone, it makes senders wait, and dropping it can end what they do.

use std::num::NonZeroUsize;
use std::sync::Arc;

use ollama::{Error, GenerateRequest, GenerateResponse, GenerateStreaming};
use tokio::sync::mpsc;

/// A part of the answer to one request.
#[derive(Debug)]
pub struct Part {
    /// The place of the request in the list.
    pub request: usize,
    /// The next piece of its answer, of which the last has `done`; or why it ends without one.
    pub result: Result<GenerateResponse, Error>,
}

/// Sends all requests, at most `concurrency` at the same time and in their order, and returns the
/// channel on which the parts of their answers come, as soon as each is there.
///
/// The parts of one answer keep their order. Each request is sent once; one that fails does so
/// with its last part, and does not affect the others. After the last part of all, the channel
/// ends.
///
/// The channel holds at most `concurrency` parts. While it is full, each stream reads at most one
/// more part from the backend, and then waits. Dropping the receiver drops all streams, and nothing more is
/// sent.
///
/// It is called in a tokio runtime, and returns without waiting.
pub fn generate_stream_all<B: GenerateStreaming>(
    backend: Arc<B>,
    requests: Vec<GenerateRequest>,
    concurrency: NonZeroUsize,
) -> mpsc::Receiver<Part> {
    let _ = (backend, concurrency);
    todo!("stream the answers to {} prompts", requests.len())
}
