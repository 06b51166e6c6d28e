//! A task for each request, as in Go. One more task begins them, each when it has a permit. A permit
//! comes back when its task ends.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::StreamExt;
use ollama::{Error, GenerateRequest, GenerateResponse, GenerateStreaming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

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
    let places = concurrency.get().min(requests.len()).max(1);
    let (parts, receiver) = mpsc::channel(places);
    let semaphore = Arc::new(Semaphore::new(places));
    tokio::spawn(async move {
        for (at, request) in requests.into_iter().enumerate() {
            let permit = Arc::clone(&semaphore).acquire_owned().await;
            let permit = permit.expect("nobody closes the semaphore");
            if parts.is_closed() {
                return;
            }
            tokio::spawn(stream_one(Arc::clone(&backend), at, request, parts.clone(), permit));
        }
    });
    receiver
}

async fn stream_one<B: GenerateStreaming>(
    backend: Arc<B>,
    at: usize,
    request: GenerateRequest,
    parts: mpsc::Sender<Part>,
    permit: OwnedSemaphorePermit,
) {
    let all = async {
        let mut answer = match backend.generate_stream(&request).await {
            Ok(answer) => answer,
            Err(error) => {
                let _ = parts.send(Part { request: at, result: Err(error) }).await;
                return;
            }
        };
        while let Some(result) = answer.next().await {
            if parts.send(Part { request: at, result }).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = parts.closed() => {}
        () = all => {}
    }
    drop(permit);
}
