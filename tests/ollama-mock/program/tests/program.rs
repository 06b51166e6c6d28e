//! The program as a user starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The running program. It is killed when this is dropped.
struct Program {
    child: Child,
    lines: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ollama-mock"))
            .args(["--port", "0"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut program = Self { child, lines, address: ([127, 0, 0, 1], 0).into() };
        let line = program.line();
        program.address = line.strip_prefix("listening on http://").unwrap().parse().unwrap();
        program
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Sends a request, and returns all that comes back.
fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut tcp = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    tcp.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
    let mut reply = String::new();
    tcp.read_to_string(&mut reply).unwrap();
    reply
}

#[test]
fn each_request_is_logged_in_one_line() {
    let mut program = Program::start(&["--fail", "busy,ok,fin"]);
    let (address, generate) = (program.address, r#"{"model":"llama3.2","prompt":"a"}"#);
    send(address, "GET", "/api/tags", "");
    assert_eq!(program.line(), "GET /api/tags - 200");
    send(address, "POST", "/api/generate", generate);
    assert_eq!(program.line(), "POST /api/generate llama3.2 503");
    send(address, "POST", "/api/chat", r#"{"model":"no\nne","messages":[]}"#);
    assert_eq!(program.line(), r"POST /api/chat no\nne 400");
    assert_eq!(send(address, "POST", "/api/generate", generate), "");
    assert_eq!(program.line(), "POST /api/generate llama3.2 hung up");
}

#[test]
fn enter_releases_a_held_request() {
    let mut program = Program::start(&["--hold"]);
    let address = program.address;
    let body = r#"{"model":"all-minilm","input":"a"}"#;
    let asking = std::thread::spawn(move || send(address, "POST", "/api/embed", body));
    assert!(program.line().starts_with("held: [#0 POST /api/embed"));
    program.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    assert_eq!(program.line(), "POST /api/embed all-minilm 200");
    assert!(asking.join().unwrap().starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn a_port_in_use_is_an_error() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let mut program = Command::new(env!("CARGO_BIN_EXE_ollama-mock"));
    let ended = program.args(["--port", &port]).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(error.lines().count(), 1);
    assert!(error.starts_with(&format!("127.0.0.1:{port} is in use")), "{error}");
}

#[test]
fn an_unknown_fault_is_an_error_that_lists_the_known_ones() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ollama-mock"));
    let ended = program.args(["--fail", "nonsense"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("no-done"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_program() {
    let mut program = Program::start(&[]);
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}
