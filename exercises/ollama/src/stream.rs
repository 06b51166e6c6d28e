//! An answer that is read while it is generated.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http_body::Body;

use crate::lines::Lines;
use crate::{Error, GenerateResponse, reply};

/// The parts of an answer as they are generated, from
/// [`Client::generate_stream`](crate::Client::generate_stream).
///
/// Each part has the next piece of the text in `response`; the last part has `done` and the
/// statistics. The stream ends after that part, or after the first error. So a stream that ends
/// without an error was complete.
///
/// If the stream is read to its end, its connection is kept for later requests. If it is dropped
/// before, the connection is closed and Ollama stops generating.
///
/// # Errors
///
/// [`Error::CutInside`] if the connection breaks, [`Error::Failed`] if the generation fails,
/// [`Error::Unfinished`] if the stream ends without `done`, [`Error::BadJson`] if a line is not
/// Ollama's JSON.
#[derive(Debug)]
pub struct GenerateStream {
    body: reqwest::Body,
    lines: Lines,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Open,
    /// The last part has been returned. The end of the body has yet to be read, or else the
    /// connection could not be used again.
    Done,
    Ended,
}

impl GenerateStream {
    pub(crate) fn new(body: reqwest::Body) -> Self {
        Self { body, lines: Lines::default(), state: State::Open }
    }

    /// Returns the next part, or `None` if the stream has ended.
    ///
    /// Cancel-safe: if the future is dropped, nothing is lost, because the stream keeps what has
    /// been read.
    ///
    /// # Errors
    ///
    /// See [`GenerateStream`].
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

    /// The last item if the body has ended before `done`: the last line may lack its line break.
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
                            // The other kind of frame, trailers, is ignored.
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
                // The answer is complete: what follows, an error included, is ignored.
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
