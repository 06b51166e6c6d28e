//! `doctor`, on machines that have only the programs that a test makes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use crate::sandbox::{Output, Sandbox};

/// All programs that are asked for, with versions that will do, as they print them.
const PROGRAMS: [(&str, &str); 11] = [
    ("rustc", "rustc 1.95.0 (59807616e 2026-04-14)"),
    ("just", "just 1.40.0"),
    ("mdbook", "mdbook v0.5.4"),
    ("go", "go version go1.19.8 linux/amd64"),
    ("bwrap", "bubblewrap 0.8.0"),
    ("rustfmt", "rustfmt 1.9.0-stable (59807616e1 2026-04-14)"),
    ("cargo-clippy", "clippy 0.1.95 (59807616e1 2026-04-14)"),
    ("chromedriver", "ChromeDriver 150.0.7871.12 (0a1b2c)"),
    ("npm", "9.2.0"),
    ("python3", "Python 3.11.2"),
    ("shellcheck", "ShellCheck\nversion: 0.9.0"),
];

/// A machine with some programs.
struct Machine {
    workbook: Sandbox,
    /// What `OLLAMA_HOST` is.
    ollama: String,
}

impl Machine {
    /// One that has nothing.
    fn empty() -> Self {
        let workbook = Sandbox::new();
        fs::create_dir(workbook.root().join("programs")).expect("it can be made");
        Self { workbook, ollama: "127.0.0.1:1".to_owned() }
    }

    /// One that has all programs.
    fn full() -> Self {
        let machine = Self::empty();
        for (program, says) in PROGRAMS {
            machine.has(program, says);
        }
        machine
    }

    fn folder(&self) -> PathBuf {
        self.workbook.root().join("programs")
    }

    fn has(&self, program: &str, says: &str) {
        self.runs(program, &format!("echo '{says}'"));
    }

    /// The machine has a program that does this.
    fn runs(&self, program: &str, script: &str) {
        // Written by another process: a file that this one has open for writing cannot be run, and
        // the processes that other tests start have it open, too, for a moment.
        let write = r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1""#;
        let file = self.folder().join(program);
        let mut shell = Command::new("sh");
        let status = shell.args(["-c", write, "sh"]).arg(&file).arg(script).status();
        assert!(status.expect("there is a shell").success(), "{program} cannot be written");
    }

    fn lacks(&self, program: &str) {
        fs::remove_file(self.folder().join(program)).expect("it is there");
    }

    fn doctor(&self) -> Output {
        let mut command = self.workbook.command(&["doctor"]);
        command.env("PATH", self.folder()).env("OLLAMA_HOST", &self.ollama);
        let output = self.workbook.output(command);
        assert_eq!(output.stderr, "");
        assert!(!output.stdout.contains('\x1b'), "{}", output.stdout);
        output
    }
}

/// The line about a program, the lines after it that belong to it, and the exit code.
fn about(machine: &Machine, name: &str) -> (String, Option<i32>) {
    let output = machine.doctor();
    let mut lines = output.stdout.lines();
    let sign = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let first = lines.find(|line| sign(line) && line[2..].contains(&format!(" {name} ")));
    let first = first.unwrap_or_else(|| panic!("nothing about {name}: {}", output.stdout));
    let rest = lines.take_while(|line| line.starts_with("    "));
    ([first].into_iter().chain(rest).collect::<Vec<_>>().join("\n"), output.code)
}

#[test]
#[cfg(target_os = "linux")]
fn a_machine_without_anything_is_told_all() {
    let output = Machine::empty().doctor();
    assert_eq!(output.code, Some(1));
    insta::assert_snapshot!(output.stdout);
}

#[test]
fn a_machine_with_all_programs_lacks_at_most_ollama() {
    let output = Machine::full().doctor();
    assert_eq!(output.code, Some(0));
    assert_eq!(output.stdout.matches("  ! ").count(), 1, "{}", output.stdout);
    assert!(!output.stdout.contains("  ✗ "), "{}", output.stdout);
    assert!(output.stdout.contains("  ✓ Go 1.19.8\n"), "{}", output.stdout);
    assert!(output.stdout.ends_with("\nAll that the exercises need is there.\n"));
}

#[test]
fn what_is_too_old_is_said_with_both_versions() {
    let machine = Machine::full();
    machine.has("rustc", "rustc 1.94.1 (0123abcd4 2026-03-01)");
    machine.has("rustup", "rustup 1.28.2");
    let (said, code) = about(&machine, "Rust");
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "  ✗ Rust is 1.94.1, and has to be 1.95 or later. It compiles the answers and their checks.\n      \
         rustup update stable"
    );
    let machine = Machine::full();
    machine.has("mdbook", "mdbook v0.4.52");
    let (said, code) = about(&machine, "mdBook");
    assert_eq!(code, Some(0));
    assert!(said.starts_with("  ! mdBook is 0.4.52, and has to be 0.5.4 or later. "), "{said}");
}

#[test]
fn only_what_the_exercises_need_decides_the_exit_code() {
    for (program, _) in PROGRAMS {
        let machine = Machine::full();
        machine.lacks(program);
        let output = machine.doctor();
        let needed = ["rustc", "just"].contains(&program);
        assert_eq!(output.code, Some(i32::from(needed)), "{program}: {}", output.stdout);
        let missing = output.stdout.matches(" is missing. It ").count();
        let asked = cfg!(target_os = "linux") || program != "bwrap";
        assert_eq!(missing, usize::from(asked), "{program}: {}", output.stdout);
    }
}

#[test]
fn each_system_is_told_its_own_command() {
    for (managers, command) in [
        (&["apt", "sudo"][..], "sudo apt install golang-go"),
        (&["apt"], "apt install golang-go"),
        (&["brew"], "brew install go"),
        (&["winget"], "winget install GoLang.Go"),
        (&[], "see https://go.dev/dl"),
    ] {
        let machine = Machine::full();
        machine.lacks("go");
        for manager in managers {
            machine.has(manager, "");
        }
        let (said, _) = about(&machine, "Go");
        assert!(said.ends_with(&format!("\n      {command}")), "{managers:?}: {said}");
    }
}

#[test]
fn a_program_that_does_not_run_counts_as_none() {
    let machine = Machine::full();
    machine.runs("just", "echo 'no such version' >&2; exit 127");
    let (said, code) = about(&machine, "just");
    assert_eq!(code, Some(1));
    assert!(said.starts_with("  ✗ just does not run: no such version. "), "{said}");
    machine.has("just", "just a moment");
    let (said, code) = about(&machine, "just");
    assert_eq!(code, Some(1));
    assert!(said.starts_with("  ✗ just has no version: `just --version`. "), "{said}");
}

#[test]
fn a_program_that_the_workbook_got_itself_is_found() {
    let machine = Machine::full();
    machine.lacks("mdbook");
    let tools = machine.workbook.root().join("target/tools/bin");
    fs::create_dir_all(&tools).expect("it can be made");
    machine.has("mdbook", "mdbook v0.5.4");
    fs::rename(machine.folder().join("mdbook"), tools.join("mdbook")).expect("it can be moved");
    assert_eq!(about(&machine, "mdBook"), ("  ✓ mdBook 0.5.4".to_owned(), Some(0)));
}

#[test]
fn ollama_is_asked_where_the_variable_says() {
    for (reply, says) in [
        (r#"{"version":"0.12.3"}"#, "  ✓ Ollama 0.12.3"),
        ("<html>", "  ! Ollama is not what answers at http://127.0.0.1:"),
    ] {
        let mut machine = Machine::full();
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        machine.ollama = listener.local_addr().expect("it listens").to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("it is asked");
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
            assert_eq!(head[0], "GET /api/version HTTP/1.0");
            write!(stream, "HTTP/1.0 200 OK\r\n\r\n{reply}").expect("it reads");
        });
        let (said, code) = about(&machine, "Ollama");
        server.join().expect("it is asked as it expects");
        assert_eq!(code, Some(0));
        assert!(said.starts_with(says), "{said}");
    }
}

#[test]
fn an_ollama_that_is_there_and_does_not_run_is_to_be_started() {
    let mut machine = Machine::full();
    machine.has("ollama", "");
    let (said, _) = about(&machine, "Ollama");
    assert!(said.starts_with("  ! Ollama does not answer at http://127.0.0.1:1. "), "{said}");
    assert!(said.ends_with("\n      ollama serve"), "{said}");
    machine.ollama = "https://gpu.local".to_owned();
    let (said, _) = about(&machine, "Ollama");
    let words =
        "  ! Ollama cannot be at OLLAMA_HOST, https://gpu.local: the client takes http only";
    assert!(said.starts_with(words), "{said}");
}
