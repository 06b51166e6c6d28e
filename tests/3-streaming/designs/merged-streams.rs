//! All answers are merged into one stream, which one loop sends on. So there is one part in hand, and
//! not one for each answer.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
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
    let limit = concurrency.get().min(requests.len()).max(1);
    let (parts, receiver) = mpsc::channel(limit);
    let answers = stream::iter(requests.into_iter().enumerate()).map(move |(at, request)| {
        let backend = Arc::clone(&backend);
        let answer = stream::once(async move { backend.generate_stream(&request).await });
        answer.try_flatten().map(move |result| Part { request: at, result }).boxed()
    });
    let mut merged = answers.flatten_unordered(limit);
    tokio::spawn(async move {
        loop {
            let part = tokio::select! {
                () = parts.closed() => return,
                part = merged.next() => part,
            };
            let Some(part) = part else { return };
            if parts.send(part).await.is_err() {
                return;
            }
        }
    });
    receiver
}
