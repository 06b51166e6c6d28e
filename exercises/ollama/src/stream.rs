//! A generation, read while it is being written.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http_body::Body;

use crate::lines::Lines;
use crate::{Error, GenerateResponse, reply};

/// The parts of an answer as they come, from
/// [`Client::generate_stream`](crate::Client::generate_stream).
///
/// Each part has the next piece of text in `response`; the last one has `done`, and the statistics.
/// The stream ends after that, or after its first error, and stays ended. So a stream that ends
/// without an error was complete.
///
/// Read it to its end, and the connection serves the next request. Drop it before, and the
/// connection is closed, which stops the generation.
///
/// # Errors
///
/// [`Error::CutInside`] for a connection that breaks, [`Error::Failed`] for a generation that does,
/// [`Error::Unfinished`] for a stream that ends in good order but without `done`,
/// [`Error::BadJson`] for a line that is not Ollama's.
#[derive(Debug)]
pub struct GenerateStream {
    body: reqwest::Body,
    lines: Lines,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Open,
    /// `done` has been given out. The end of the body is still to be read, or the connection could
    /// not be used again.
    Done,
    Ended,
}

impl GenerateStream {
    pub(crate) fn new(body: reqwest::Body) -> Self {
        Self { body, lines: Lines::default(), state: State::Open }
    }

    /// The next part; `None` when there are no more.
    ///
    /// Cancel-safe: dropping the future loses nothing, for what has been read stays with the
    /// stream.
    ///
    /// # Errors
    ///
    /// Those of the [stream](GenerateStream).
    pub async fn next(&mut self) -> Option<Result<GenerateResponse, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    fn part(&mut self, line: &[u8]) -> Result<GenerateResponse, Error> {
        let part: Result<GenerateResponse, Error> = reply::parse(line);
        self.state = match &part {
            Ok(part) if part.done => State::Done,
            Ok(_) => State::Open,
            Err(_) => State::Ended,
        };
        part
    }

    /// What the stream has to say once its body has ended before `done`: the last line may lack its
    /// line break.
    fn last_part(&mut self) -> Result<GenerateResponse, Error> {
        let line = self.lines.rest().ok_or(Error::Unfinished)?;
        let part: GenerateResponse = reply::parse(&line)?;
        if part.done { Ok(part) } else { Err(Error::Unfinished) }
    }
}

impl Stream for GenerateStream {
    type Item = Result<GenerateResponse, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.state {
                State::Open => {
                    if let Some(line) = self.lines.next_line() {
                        return Poll::Ready(Some(self.part(&line)));
                    }
                    match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                        Some(Ok(frame)) => {
                            // Trailers, the other kind of frame, say nothing here.
                            if let Ok(read) = frame.into_data() {
                                self.lines.push(&read);
                            }
                        }
                        Some(Err(error)) => {
                            self.state = State::Ended;
                            return Poll::Ready(Some(Err(Error::reading(error))));
                        }
                        None => {
                            self.state = State::Ended;
                            return Poll::Ready(Some(self.last_part()));
                        }
                    }
                }
                // The answer is complete, so whatever else comes changes nothing.
                State::Done => {
                    if !matches!(ready!(Pin::new(&mut self.body).poll_frame(cx)), Some(Ok(_))) {
                        self.state = State::Ended;
                    }
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}
