//! A connection that a reply can break: in the middle of a chunk, with a FIN or a RST.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::End;
use crate::locked;

/// What a reply can do to its own connection, beyond HTTP.
#[derive(Default)]
pub(crate) struct Connection(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many of the last bytes written are kept from the socket.
    withheld: usize,
    /// Is told when everything written so far has reached the socket.
    flushed: Option<oneshot::Sender<()>>,
    end: Option<End>,
}

/// Has hyper drop the connection: a handler, or the body of a reply, that returns this error is
/// not completed.
#[derive(Debug)]
pub(crate) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection is to be closed")
    }
}

impl Error for Closed {}

impl Connection {
    /// From now on, withholds the last `bytes` of what is written. They are lost when the
    /// connection is closed, so that a connection can be cut inside a chunk.
    pub(crate) fn withhold(&self, bytes: usize) {
        locked(&self.0).withheld = bytes;
    }

    /// Waits until the kernel has everything that the reply's body has yielded so far.
    ///
    /// hyper has written a frame before it polls the body again, which is when this is first
    /// polled; and it flushes before it waits. So the next flush covers all of it.
    pub(crate) async fn flush(&self) {
        let (flushed, wait) = oneshot::channel();
        locked(&self.0).flushed = Some(flushed);
        // If the connection is dropped instead, so is this future.
        let _ = wait.await;
    }

    /// Sets how the connection is to be closed. The caller then returns the error to hyper.
    pub(crate) fn close(&self, end: End) -> Closed {
        locked(&self.0).end = Some(end);
        Closed
    }
}

/// The socket of a [`Connection`].
pub(crate) struct Socket {
    tcp: TcpStream,
    connection: Arc<Connection>,
    /// Accepted from hyper, but not yet written.
    unwritten: Vec<u8>,
}

impl Socket {
    pub(crate) fn new(tcp: TcpStream, connection: Arc<Connection>) -> Self {
        Self { tcp, connection, unwritten: Vec::new() }
    }

    fn poll_write_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let withheld = locked(&self.connection.0).withheld;
            let due = self.unwritten.len().saturating_sub(withheld);
            if due == 0 {
                return Poll::Ready(Ok(()));
            }
            let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, &self.unwritten[..due]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unwritten.drain(..written);
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
        if self.unwritten.is_empty() && locked(&self.connection.0).withheld == 0 {
            return Pin::new(&mut self.tcp).poll_write(cx, bytes);
        }
        self.unwritten.extend_from_slice(bytes);
        match self.poll_write_rest(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // The flush writes what could not be written yet.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_rest(cx))?;
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        if let Some(flushed) = locked(&self.connection.0).flushed.take() {
            // The reply may have been dropped meanwhile.
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
        if locked(&self.connection.0).end == Some(End::Reset) {
            // Without a linger time, closing sends a RST. This fails only on a closed socket.
            let _ = self.tcp.set_zero_linger();
        }
    }
}
