//! Whether an Ollama runs where `OLLAMA_HOST` says. The given client could ask it too, but takes
//! longer to build than the whole command line.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::programs::OLLAMA;
use super::source::System;
use super::{Finding, Purpose};

const DEFAULT_PORT: u16 = 11434;
/// An Ollama that is busy still says its version at once.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// The longest reply that is read: a version takes much less.
const MAX_REPLY: u64 = 4096;

pub(super) fn finding(host: &str, system: &System<'_>) -> Finding {
    let state = match Address::of(host) {
        Err(reason) => Err(format!("cannot be at OLLAMA_HOST, {host}: {reason}")),
        Ok(address) => match version(&address) {
            Ok(Some(version)) => Ok(version),
            Ok(None) => Err(format!("is not what answers at {address}")),
            Err(_) => Err(format!("does not answer at {address}")),
        },
    };
    Finding {
        purpose: Purpose::Live,
        name: "Ollama",
        state,
        does: "answers the prompts of `just live`; where there is none, `just mock` does",
        get: system.command(&OLLAMA),
    }
}

/// The version of the Ollama there; `None` if what answers is something else.
fn version(address: &Address) -> io::Result<Option<String>> {
    let mut last = io::Error::other("there is no such host");
    for socket in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&socket, TIME_LIMIT) {
            Ok(stream) => return ask(stream, address),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn ask(mut stream: TcpStream, address: &Address) -> io::Result<Option<String>> {
    stream.set_read_timeout(Some(TIME_LIMIT))?;
    stream.set_write_timeout(Some(TIME_LIMIT))?;
    let (authority, path) = (address.authority(), &address.path);
    // With version 1.0, a server closes the connection after its reply, and sends it in one piece.
    let request = format!("GET {path}/api/version HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut reply = Vec::new();
    stream.take(MAX_REPLY).read_to_end(&mut reply)?;
    let reply = String::from_utf8_lossy(&reply);
    let body = reply.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    Ok(body["version"].as_str().map(str::to_owned))
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    /// Without a slash at its end.
    path: String,
}

impl Address {
    /// The address that a value of `OLLAMA_HOST` means, as the given client reads it.
    ///
    /// # Errors
    ///
    /// Why the client cannot connect to it.
    pub fn of(value: &str) -> Result<Self, String> {
        let value = value.trim().trim_matches(['"', '\'']).trim();
        let (rest, default_port) = match value.split_once("://") {
            None => (value, DEFAULT_PORT),
            Some(("http", rest)) => (rest, 80),
            Some((scheme, _)) => return Err(format!("the client takes http only, not {scheme}")),
        };
        let (address, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, port),
            _ => (address, ""),
        };
        let host = match host.trim_matches(['[', ']']) {
            // A server listens on all addresses there.
            "" | "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            host => host,
        };
        Ok(Self {
            host: host.to_owned(),
            port: port.parse().unwrap_or(default_port),
            path: path.trim_end_matches('/').to_owned(),
        })
    }

    fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_where_the_client_asks() {
        for host in [
            "",
            "gpu.local",
            "gpu.local:",
            "localhost/",
            ":1234",
            ":66000",
            "example.com:eleven",
            "0.0.0.0:8080",
            "::",
            "::1",
            "[::]:8080",
            "[::1]:1337",
            "[::1]",
            " \"1.2.3.4\" ",
            "http://gpu.local",
            "http://:1234",
            "http://[::1]",
            "http://gpu.local:4321/ollama/",
        ] {
            let Address { host: name, port, path } = Address::of(host).expect(host);
            let client = ollama::Client::new(host).expect(host);
            let name = if name.contains(':') { format!("[{name}]") } else { name };
            // A URL leaves out the usual port.
            let port = if port == 80 { String::new() } else { format!(":{port}") };
            assert_eq!(format!("http://{name}{port}{path}"), client.url(), "{host:?}");
        }
    }

    #[test]
    fn what_the_client_does_not_take_is_not_asked() {
        for host in ["https://gpu.local", "ftp://gpu.local"] {
            assert!(Address::of(host).is_err(), "{host}");
            assert!(ollama::Client::new(host).is_err(), "{host}");
        }
    }
}
