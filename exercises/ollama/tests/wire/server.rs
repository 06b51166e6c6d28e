//! A server that a test drives by hand, for what wiremock cannot do: cut or reset a connection,
//! send a stream piece by piece, and see how many connections there are.

use ollama::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Server {
    listener: TcpListener,
}

pub struct Connection {
    stream: TcpStream,
}

impl Server {
    /// A server, and a client of it.
    pub async fn start() -> (Self, Client) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Self { listener }, Client::new(&address.to_string()).unwrap())
    }

    /// Accepts a connection and reads one request.
    pub async fn accept(&self) -> Connection {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut connection = Connection { stream };
        connection.read_request().await;
        connection
    }
}

impl Connection {
    pub async fn read_request(&mut self) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body).await.unwrap();
    }

    pub async fn send(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Sends one chunk of a chunked body.
    pub async fn chunk(&mut self, bytes: &str) {
        self.send(&format!("{:x}\r\n{bytes}\r\n", bytes.len())).await;
    }

    /// Closes the connection with a RST. Dropping it sends a FIN.
    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Waits until the client has closed the connection.
    pub async fn closed(&mut self) {
        let mut rest = Vec::new();
        // The client may also close it with a RST.
        if self.stream.read_to_end(&mut rest).await.is_ok() {
            assert_eq!(rest, b"", "the client sent more than one request");
        }
    }
}

/// A reply with status 200 that is not streamed.
pub fn reply(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
pub const STREAM_END: &str = "0\r\n\r\n";
