//! Sends many prompts, a few at a time, and gives the parts of all answers on one channel as they
//! come.
//!
//! One task holds all streams, and sends from each to the channel. So it waits for the receiver to
//! be dropped in one place, and whatever it holds is dropped with it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::{StreamExt, stream};
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
    // More than there are requests is never in flight, and a channel cannot hold `usize::MAX`.
    let concurrency = concurrency.get().min(requests.len()).max(1);
    let (parts, receiver) = mpsc::channel(concurrency);
    tokio::spawn(async move {
        let requests = stream::iter(requests.iter().enumerate());
        let all = requests.for_each_concurrent(concurrency, |(at, request)| {
            send_parts(&*backend, at, request, &parts)
        });
        tokio::select! {
            // First: a stream that cannot send ends, and the next request would be sent in its place.
            // And a stream that is silent does not see that nobody receives any more.
            biased;
            () = parts.closed() => {}
            () = all => {}
        }
    });
    receiver
}

/// Sends the parts of one answer, each when there is room for it.
async fn send_parts<B: GenerateStreaming>(
    backend: &B,
    request: usize,
    prompt: &GenerateRequest,
    parts: &mpsc::Sender<Part>,
) {
    let mut answer = match backend.generate_stream(prompt).await {
        Ok(answer) => answer,
        Err(error) => {
            let _ = parts.send(Part { request, result: Err(error) }).await;
            return;
        }
    };
    while let Some(result) = answer.next().await {
        if parts.send(Part { request, result }).await.is_err() {
            return;
        }
    }
}
