//! A server by hand: it accepts, reads one request, and writes what it is told.

use ollama::Client;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Server {
    listener: TcpListener,
}

pub struct Connection {
    stream: TcpStream,
}

pub struct Request {
    /// The request line, such as `GET /api/tags HTTP/1.1`.
    pub line: String,
    pub body: Vec<u8>,
}

impl Server {
    /// A server, and a client of it.
    pub async fn start() -> (Self, Client) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Self { listener }, Client::new(&address.to_string()).unwrap())
    }

    pub async fn accept(&self) -> Connection {
        let (stream, _) = self.listener.accept().await.unwrap();
        Connection { stream }
    }

    /// Accepts, reads one request, and answers it with these bytes.
    pub async fn answer(&self, reply: &str) -> (Connection, Request) {
        let mut connection = self.accept().await;
        let request = connection.request().await;
        connection.send(reply).await;
        (connection, request)
    }
}

impl Connection {
    pub async fn request(&mut self) -> Request {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let line = lines.next().unwrap().to_owned();
        let length = lines
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        self.stream.read_exact(&mut body).await.unwrap();
        Request { line, body }
    }

    pub async fn send(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Sends one chunk of a chunked body.
    pub async fn chunk(&mut self, bytes: &str) {
        self.send(&format!("{:x}\r\n{bytes}\r\n", bytes.len())).await;
    }

    /// Closes with a RST, where dropping a connection whose requests have been read says FIN.
    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Waits until the client has closed its side.
    pub async fn closed(&mut self) {
        let mut rest = Vec::new();
        // A client may close with a RST as well.
        if self.stream.read_to_end(&mut rest).await.is_ok() {
            assert_eq!(rest, b"", "the client sent more than one request");
        }
    }
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A single reply. Its type is left out: the client goes by the status and the JSON alone.
pub fn reply(status: &str, body: &str) -> String {
    reply_with(status, "", body)
}

/// The same with more headers, each with its line break.
pub fn reply_with(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

pub const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
pub const STREAM_END: &str = "0\r\n\r\n";
