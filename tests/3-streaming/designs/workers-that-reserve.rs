//! As many workers as there may be streams, which take requests from one queue. A worker reserves a
//! place in the channel before it reads a part, so it has none in hand. They are the tasks of a
//! `JoinSet`, and end with it.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use ollama::{Error, GenerateRequest, GenerateResponse, GenerateStreaming};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

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
    let workers = concurrency.get().min(requests.len()).max(1);
    // Each worker can hold a place that it does not need yet.
    let (parts, receiver) = mpsc::channel(workers);
    let queue = Arc::new(Mutex::new(requests.into_iter().enumerate()));
    tokio::spawn(async move {
        let mut set = JoinSet::new();
        for _ in 0..workers {
            let (backend, queue, parts) = (Arc::clone(&backend), Arc::clone(&queue), parts.clone());
            set.spawn(async move {
                loop {
                    let next = queue.lock().expect("nobody panics with the lock").next();
                    let Some((at, request)) = next else { return };
                    if parts.is_closed() {
                        return;
                    }
                    stream_one(&*backend, at, &request, &parts).await;
                }
            });
        }
        tokio::select! {
            () = parts.closed() => {}
            () = async { while set.join_next().await.is_some() {} } => {}
        }
    });
    receiver
}

async fn stream_one<B: GenerateStreaming>(
    backend: &B,
    at: usize,
    request: &GenerateRequest,
    parts: &mpsc::Sender<Part>,
) {
    let mut answer = match backend.generate_stream(request).await {
        Ok(answer) => answer,
        Err(error) => {
            let _ = parts.send(Part { request: at, result: Err(error) }).await;
            return;
        }
    };
    loop {
        let Ok(place) = parts.reserve().await else { return };
        let Some(result) = answer.next().await else { return };
        place.send(Part { request: at, result });
    }
}
