use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};

use crate::End;
use crate::locked;

/// What a reply can do to its own connection, beyond HTTP.
#[derive(Default)]
pub(crate) struct Line {
    state: Mutex<State>,
    closed: Notify,
}

#[derive(Default)]
struct State {
    /// So many of the last bytes written never reach the socket.
    keep_back: usize,
    /// Waits until all written so far has reached it.
    flushed: Option<oneshot::Sender<()>>,
    end: Option<End>,
}

impl Line {
    /// From now on, keeps the last `bytes` of all that is written. They are lost when the
    /// connection is closed: so a cut can fall inside a chunk.
    pub(crate) fn keep_back(&self, bytes: usize) {
        locked(&self.state).keep_back = bytes;
    }

    /// Waits until all that the reply has yielded so far is in the kernel's hands.
    ///
    /// hyper has encoded it before it polls the reply again, which is when this is first
    /// polled; and it ends each round with a flush, so the next one to end has it all.
    pub(crate) async fn flush(&self) {
        let (flushed, wait) = oneshot::channel();
        locked(&self.state).flushed = Some(flushed);
        // An error means that the connection has gone, and this reply with it.
        let _ = wait.await;
    }

    /// Has the connection closed. The caller's own future goes with it.
    pub(crate) fn close(&self, end: End) {
        locked(&self.state).end = Some(end);
        self.closed.notify_one();
    }

    pub(crate) async fn closed(&self) {
        self.closed.notified().await;
    }
}

/// A connection's socket, as its [`Line`] would have it.
pub(crate) struct Socket {
    tcp: TcpStream,
    line: Arc<Line>,
    /// Taken over from hyper, and not yet written.
    tail: Vec<u8>,
}

impl Socket {
    pub(crate) fn new(tcp: TcpStream, line: Arc<Line>) -> Self {
        Self { tcp, line, tail: Vec::new() }
    }

    fn write_tail(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let keep_back = locked(&self.line.state).keep_back;
            let due = self.tail.len().saturating_sub(keep_back);
            if due == 0 {
                return Poll::Ready(Ok(()));
            }
            let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, &self.tail[..due]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.tail.drain(..written);
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Until a cut is asked for, straight on.
        if self.tail.is_empty() && locked(&self.line.state).keep_back == 0 {
            return Pin::new(&mut self.tcp).poll_write(cx, bytes);
        }
        self.tail.extend_from_slice(bytes);
        match self.write_tail(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What could not be written yet, the flush will write.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_tail(cx))?;
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        if let Some(flushed) = locked(&self.line.state).flushed.take() {
            // Nobody waits any more if the reply has been dropped.
            let _ = flushed.send(());
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if locked(&self.line.state).end == Some(End::Reset) {
            // Without lingering, the close that follows sends an RST. It fails only on a
            // socket that is gone already.
            let _ = self.tcp.set_zero_linger();
        }
    }
}
