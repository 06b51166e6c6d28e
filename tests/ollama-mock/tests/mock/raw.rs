//! A minimal HTTP client, to see the exact bytes on the wire.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// A reply, byte for byte.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// Everything after the headers.
    pub body: Vec<u8>,
    /// The error that ended the connection; `None` if it was closed in good order.
    pub error: Option<io::ErrorKind>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The chunks, and where the body ended.
    pub fn chunks(&self) -> (Vec<String>, Ended) {
        assert_eq!(self.header("transfer-encoding"), Some("chunked"));
        let (mut chunks, mut rest) = (Vec::new(), self.text());
        loop {
            let Some((length, after)) = rest.split_once("\r\n") else {
                assert_eq!(rest, "");
                return (chunks, Ended::Between);
            };
            let length = usize::from_str_radix(length, 16).unwrap();
            if length == 0 {
                assert_eq!(after, "\r\n");
                return (chunks, Ended::InOrder);
            }
            if after.len() < length {
                chunks.push(after.to_owned());
                return (chunks, Ended::Inside);
            }
            chunks.push(after[..length].to_owned());
            rest = after[length..].strip_prefix("\r\n").expect("each chunk has an end");
        }
    }

    /// The objects of a stream. Each must be one chunk and one line.
    pub fn stream(&self) -> Vec<Value> {
        assert_eq!(self.header("content-type"), Some("application/x-ndjson"));
        let (chunks, ended) = self.chunks();
        assert_eq!(ended, Ended::InOrder);
        let objects = chunks.iter().map(|chunk| {
            let line = chunk.strip_suffix('\n').expect("each chunk ends its line");
            assert!(!line.contains('\n'));
            serde_json::from_str(line).unwrap()
        });
        objects.collect()
    }
}

/// How a chunked body ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    InOrder,
    Between,
    Inside,
}

/// Sends the request and reads until the connection ends. If it ends before the headers are
/// complete, the error of the connection is returned; `None` if it was closed in good order.
pub fn exchange(address: SocketAddr, request: &str) -> Result<Reply, Option<io::ErrorKind>> {
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // What came before an error is kept.
    let error = tcp.read_to_end(&mut bytes).err().map(|error| error.kind());
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        assert!(bytes.is_empty());
        return Err(error);
    };
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_lowercase(), value.to_owned())
    });
    let headers = headers.collect();
    Ok(Reply { status, headers, body: bytes[end + 4..].to_vec(), error })
}

/// A request as `curl -d` sends it, with a wrong Content-Type.
pub fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

pub fn get(address: SocketAddr, path: &str) -> Reply {
    exchange(address, &request("GET", path, "")).unwrap()
}

pub fn post(address: SocketAddr, path: &str, body: &str) -> Reply {
    exchange(address, &request("POST", path, body)).unwrap()
}
