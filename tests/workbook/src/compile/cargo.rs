//! Builds with cargo.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::{Build, Diagnostic, Message};
use crate::Fault;
use crate::answer::AnswerSource;

/// A line of cargo's JSON.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Line {
    #[serde(rename = "compiler-message")]
    Message { target: Target, message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact { target: Target, filenames: Vec<PathBuf>, executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

impl Target {
    fn is_test(&self) -> bool {
        self.kind.iter().any(|kind| kind == "test")
    }
}

/// Builds the test binary of an answer, with one more `cfg` for the checks if that is asked for.
/// `progress` gets the lines that cargo prints, and `configure` the command before it runs.
///
/// # Errors
///
/// If cargo cannot be run.
pub fn build(
    answer: &AnswerSource,
    cfg: Option<&str>,
    progress: impl Fn(&str) + Send + 'static,
    configure: impl FnOnce(&mut Command),
) -> Result<Build, Fault> {
    let mut cargo = Command::new(program());
    let subcommand: &[&str] = if cfg.is_some() { &["rustc"] } else { &["test", "--no-run"] };
    cargo
        .current_dir(&answer.workspace)
        .args(subcommand)
        .args(["--package", &answer.package, "--test", "checks"])
        .args(["--message-format", "json-diagnostic-rendered-ansi"]);
    if let Some(cfg) = cfg {
        cargo.args(["--", "--cfg", cfg]);
    }
    configure(&mut cargo);
    let cargo = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut cargo = cargo.map_err(Fault::of("cargo cannot be run"))?;
    let stderr = BufReader::new(cargo.stderr.take().expect("it is piped"));
    let words = thread::spawn(move || {
        let mut words = String::new();
        for line in stderr.lines().map_while(Result::ok) {
            progress(line.trim());
            words += &line;
            words.push('\n');
        }
        words
    });
    let mut stdout = String::new();
    let read = cargo.stdout.take().expect("it is piped").read_to_string(&mut stdout);
    read.map_err(Fault::of("cargo's messages"))?;
    let status = cargo.wait().map_err(Fault::of("cargo"))?;
    let words = words.join().expect("reading does not panic");

    let mut build = Build { words, ..Build::default() };
    for line in stdout.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Artifact { target, executable, .. }) if target.name == "checks" => {
                build.binary = executable.filter(|_| status.success());
            }
            Ok(Line::Artifact { filenames, executable: None, .. }) => {
                build.libraries.extend(filenames);
            }
            Ok(Line::Message { target, message }) => {
                build.messages.push(Message { in_checks: target.is_test(), diagnostic: message });
            }
            _ => {}
        }
    }
    Ok(build)
}

/// Builds and runs an example of an answer's package on this terminal. Returns its exit code;
/// `None` if a signal ended it.
///
/// # Errors
///
/// If there is no such example, or cargo cannot be run.
pub fn run_example(
    answer: &AnswerSource,
    example: &str,
    arguments: &[String],
) -> Result<Option<i32>, Fault> {
    let package = answer.workspace.join(&answer.file);
    let package = package.ancestors().nth(2).unwrap_or(&package);
    if !package.join("examples").join(example).with_extension("rs").is_file() {
        return Err(Fault(format!("{} has no example `{example}`", answer.package)));
    }
    let status = Command::new(program())
        .current_dir(&answer.workspace)
        .args(["run", "--quiet", "--package", &answer.package, "--example", example, "--"])
        .args(arguments)
        .status()
        .map_err(Fault::of("cargo cannot be run"))?;
    Ok(status.code())
}

fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
