//! The server that shows the guide, if one runs: `just guide`, or `mdbook serve guide`.

use std::env;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::TITLE;

/// The variable that names the server's address, if that is not where `mdbook serve` listens.
pub const ADDRESS: &str = "GUIDE_ADDRESS";
const USUAL_ADDRESS: &str = "localhost:3000";

/// A verdict is not delayed longer than that. A server on this machine answers in a few milliseconds.
const TIME_LIMIT: Duration = Duration::from_millis(60);
/// The title is within the first bytes of a page.
const HEAD: usize = 4096;

/// A server that shows the guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    address: String,
}

impl Server {
    /// The server on this machine, if one runs and shows this book. It is looked for once.
    pub fn running() -> Option<&'static Self> {
        static RUNNING: OnceLock<Option<Server>> = OnceLock::new();
        let find = || Self::at(&env::var(ADDRESS).unwrap_or_else(|_| USUAL_ADDRESS.to_owned()));
        RUNNING.get_or_init(find).as_ref()
    }

    /// The server at this address, such as `localhost:3000`, if it is on this machine and shows
    /// this book.
    pub fn at(address: &str) -> Option<Self> {
        let end = Instant::now() + TIME_LIMIT;
        // `localhost` may mean an address of IPv6, one of IPv4, or both.
        let local = address.to_socket_addrs().ok()?.filter(|address| address.ip().is_loopback());
        let shows_the_guide = local.into_iter().any(|socket| {
            let head = head_of_first_page(address, socket, end).unwrap_or_default();
            head.contains(&format!("{TITLE}</title>"))
        });
        shows_the_guide.then(|| Self { address: address.to_owned() })
    }

    /// The address of a page, or of a section of it.
    pub fn link(&self, page: &str, anchor: &str) -> String {
        format!("http://{}/{page}.html#{anchor}", self.address)
    }
}

/// The beginning of what a server shows first, as far as it arrives in time.
fn head_of_first_page(address: &str, socket: SocketAddr, end: Instant) -> Option<String> {
    let left = || {
        let left = end.saturating_duration_since(Instant::now());
        (left > Duration::ZERO).then_some(left)
    };
    let mut stream = TcpStream::connect_timeout(&socket, left()?).ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.set_write_timeout(left()).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = Vec::new();
    let mut buffer = [0; HEAD];
    while head.len() < HEAD
        && let Some(left) = left()
    {
        stream.set_read_timeout(Some(left)).ok()?;
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// Answers one request; with no answer, it keeps the connection open until the client gives up.
    fn serve(answer: Option<String>) -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it listens").to_string();
        let thread = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("it is asked");
            let mut request = [0; 1024];
            let length = stream.read(&mut request).expect("there is a request");
            assert!(request[..length].starts_with(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:"));
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).expect("it reads"),
                None => assert!(matches!(stream.read(&mut request), Ok(0))),
            }
        });
        (address, thread)
    }

    fn page(title: &str) -> Option<String> {
        let head = format!("<!DOCTYPE HTML><html><head><title>{title}</title></head>");
        Some(format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{head}"))
    }

    fn find(answer: Option<String>) -> (String, Option<Server>) {
        let (address, thread) = serve(answer);
        let server = Server::at(&address);
        thread.join().expect("the server is asked as it expects");
        (address, server)
    }

    #[test]
    fn a_server_that_shows_this_book_is_found() {
        let (address, server) = find(page(&format!("Concurrency in Rust - {TITLE}")));
        let server = server.expect("it is found");
        let link = server.link("retry", "the-budget");
        assert_eq!(link, format!("http://{address}/retry.html#the-budget"));
    }

    #[test]
    fn another_book_is_not_this_one() {
        assert_eq!(find(page("The Rust Programming Language")).1, None);
    }

    #[test]
    fn a_server_that_does_not_answer_is_given_up() {
        assert_eq!(find(None).1, None);
    }

    #[test]
    fn no_server_is_none() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it listens").to_string();
        drop(listener);
        assert_eq!(Server::at(&address), None);
    }

    #[test]
    fn only_this_machine_is_asked() {
        assert_eq!(Server::at("192.0.2.1:3000"), None);
    }
}
