//! Accepts connections, or refuses them while the server is down.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::{Connection, Socket};
use crate::handler::handle;
use crate::locked;
use crate::server::Server;

/// How many clients may have connected before the first is accepted: a thousand at once.
const BACKLOG: u32 = 4096;

pub(crate) struct Listener {
    address: SocketAddr,
    /// Bound, but never listening. It reserves the port while the server is down, so that the
    /// system does not give it to someone who asks for any free port.
    _port: Option<TcpSocket>,
    accepting: Mutex<Option<JoinHandle<()>>>,
    /// Changes when all connections are to be closed.
    connections: watch::Sender<()>,
}

impl Listener {
    /// Binds the address and listens, without accepting yet.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<(Self, TcpListener)> {
        let port = bind(address)?;
        let address = port.local_addr()?;
        // Some systems do not allow two sockets on one port, even if only one listens.
        let (port, socket) = match bind(address) {
            Ok(socket) => (Some(port), socket),
            Err(_) => (None, port),
        };
        let socket = socket.listen(BACKLOG)?;
        let (accepting, connections) = (Mutex::new(None), watch::Sender::new(()));
        Ok((Self { address, _port: port, accepting, connections }, socket))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_open(&self) -> bool {
        locked(&self.accepting).is_some()
    }

    /// Refuses new connections from now on. Those that exist stay open.
    pub(crate) async fn close(&self) {
        let accepting = locked(&self.accepting).take();
        if let Some(accepting) = accepting {
            accepting.abort();
            // The socket is closed once the task has ended; that it was cancelled is no error.
            let _ = accepting.await;
        }
    }

    /// Closes all connections.
    pub(crate) fn close_connections(&self) {
        self.connections.send_replace(());
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // On Windows this option would let two servers listen on one port.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    Ok(socket)
}

/// Accepts connections from now on. Does nothing if the listener is open already.
pub(crate) fn open(server: &Arc<Server>, socket: Option<TcpListener>) -> io::Result<()> {
    let mut accepting = locked(&server.listener.accepting);
    if accepting.is_none() {
        let socket = match socket {
            Some(socket) => socket,
            None => bind(server.listener.address)?.listen(BACKLOG)?,
        };
        *accepting = Some(tokio::spawn(accept(server.clone(), socket)));
    }
    Ok(())
}

async fn accept(server: Arc<Server>, socket: TcpListener) {
    loop {
        match socket.accept().await {
            Ok((tcp, _)) => drop(tokio::spawn(serve(server.clone(), tcp))),
            // Either one connection has failed, or the process has no file descriptors left.
            // Then connections have to end first, which happens on this same thread.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// Serves the requests of one connection until either side closes it. A request that is not
/// finished is dropped with the connection, which its gates count as a client that left.
async fn serve(server: Arc<Server>, tcp: TcpStream) {
    // Each chunk of a stream is sent at once. This fails only if the client has disconnected.
    let _ = tcp.set_nodelay(true);
    let connection = Arc::new(Connection::default());
    let io = TokioIo::new(Socket::new(tcp, connection.clone()));
    let mut closed = server.listener.connections.subscribe();
    let service = service_fn(|request| handle(server.clone(), connection.clone(), request));
    tokio::select! {
        // It ends with an error when the client disconnects, or a fault breaks the connection.
        _ = http1::Builder::new().serve_connection(io, service) => {}
        _ = closed.changed() => {}
    }
}
