//! One task polls the answers in flight by hand, from another place in the list each time, and sends
//! one part before it polls for the next.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::stream::{self, BoxStream, StreamExt};
use futures::{Stream, TryStreamExt};
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
    tokio::spawn(async move {
        let mut waiting = requests.into_iter().enumerate();
        let mut answers = Answers { in_flight: Vec::new(), first: 0 };
        loop {
            while answers.in_flight.len() < limit
                && let Some((at, request)) = waiting.next()
            {
                let backend = Arc::clone(&backend);
                let answer = stream::once(async move { backend.generate_stream(&request).await });
                let answer = answer.try_flatten();
                answers
                    .in_flight
                    .push(answer.map(move |result| Part { request: at, result }).boxed());
            }
            if answers.in_flight.is_empty() {
                return;
            }
            tokio::select! {
                biased;
                () = parts.closed() => return,
                part = poll_fn(|cx| answers.poll(cx)) => {
                    let Some(part) = part else { continue };
                    if parts.send(part).await.is_err() {
                        return;
                    }
                }
            }
        }
    });
    receiver
}

/// The answers that are in flight.
struct Answers {
    in_flight: Vec<BoxStream<'static, Part>>,
    /// The one to poll first.
    first: usize,
}

impl Answers {
    /// The next part of any answer; `None` if one has ended, which is then taken out.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Part>> {
        let count = self.in_flight.len();
        for offset in 0..count {
            let at = (self.first + offset) % count;
            match Pin::new(&mut self.in_flight[at]).poll_next(cx) {
                Poll::Ready(Some(part)) => {
                    self.first = at + 1;
                    return Poll::Ready(Some(part));
                }
                Poll::Ready(None) => {
                    drop(self.in_flight.remove(at));
                    return Poll::Ready(None);
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }
}
