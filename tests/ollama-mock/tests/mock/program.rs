use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::raw::{get, post};

/// The program, until it is dropped.
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

#[test]
fn one_line_per_request() {
    let mut program = Program::start(&["--fail", "busy,ok,fin"]);
    let generate = r#"{"model":"llama3.2","prompt":"a"}"#;
    get(program.address, "/api/tags");
    assert_eq!(program.line(), "GET /api/tags - 200");
    post(program.address, "/api/generate", generate);
    assert_eq!(program.line(), "POST /api/generate llama3.2 503");
    post(program.address, "/api/chat", r#"{"model":"no\nne","messages":[]}"#);
    assert_eq!(program.line(), r"POST /api/chat no\nne 400");
    let request = crate::raw::request("POST", "/api/generate", generate);
    assert!(crate::raw::exchange(program.address, &request).is_err());
    assert_eq!(program.line(), "POST /api/generate llama3.2 hung up");
}

#[test]
fn enter_lets_on_what_is_held() {
    let mut program = Program::start(&["--hold"]);
    let address = program.address;
    let body = r#"{"model":"all-minilm","input":"a"}"#;
    let asking = std::thread::spawn(move || post(address, "/api/embed", body));
    assert!(program.line().starts_with("held: [#0 POST /api/embed"));
    program.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    assert_eq!(program.line(), "POST /api/embed all-minilm 200");
    assert_eq!(asking.join().unwrap().status, 200);
}

#[test]
fn a_port_in_use_is_told() {
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
fn an_unknown_fault_is_told() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ollama-mock"));
    let ended = program.args(["--fail", "nonsense"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("no-done"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it() {
    let mut program = Program::start(&[]);
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}
