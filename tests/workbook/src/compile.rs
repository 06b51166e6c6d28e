//! Builds the checks of an answer with cargo, and tells whose fault it is if that fails.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;

use crate::Fault;
use crate::answer::AnswerSource;

/// What came of a build.
#[derive(Debug)]
pub enum Built {
    /// The test binary.
    Checks(PathBuf),
    /// The test binary without the explored checks, and what of the answer the explorer lacks.
    Unexplored(PathBuf, String),
    /// rustc's words about the answer.
    DoesNotCompile(String),
}

/// What came of one call of cargo.
enum Build {
    Binary(PathBuf),
    Errors(Vec<(Target, Diagnostic)>),
}

/// A line of cargo's JSON; what else is in there is none of our business.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic { target: Target, message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact { target: Target, executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
}

/// Builds the checks of an answer. `progress` gets cargo's own words as they come.
///
/// # Errors
///
/// If cargo cannot be run, or fails for another reason than the answer.
pub fn checks(
    answer: &AnswerSource,
    progress: impl Fn(&str) + Send + Clone + 'static,
) -> Result<Built, Fault> {
    let errors = match build(answer, &["test", "--no-run"], &[], progress.clone())? {
        Build::Binary(binary) => return Ok(Built::Checks(binary)),
        Build::Errors(errors) => errors,
    };
    let Some(lacking) = what_the_explorer_lacks(answer, &errors) else {
        let mut seen = HashSet::new();
        let texts = errors.into_iter().filter_map(|(_, error)| error.rendered);
        return Ok(Built::DoesNotCompile(texts.filter(|text| seen.insert(text.clone())).collect()));
    };
    match build(answer, &["rustc"], &["--", "--cfg", "unexplored"], progress)? {
        Build::Binary(binary) => Ok(Built::Unexplored(binary, lacking)),
        Build::Errors(_) => Err(Fault(format!("the checks cannot be built without {lacking}"))),
    }
}

/// Builds the test binary of an answer.
fn build(
    answer: &AnswerSource,
    command: &[&str],
    more: &[&str],
    progress: impl Fn(&str) + Send + 'static,
) -> Result<Build, Fault> {
    let mut cargo = Command::new(cargo())
        .current_dir(&answer.workspace)
        .args(command)
        .args(["--package", &answer.package, "--test", "checks"])
        .args(["--message-format", "json-diagnostic-rendered-ansi"])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Fault::of("cargo cannot be run"))?;
    let stderr = BufReader::new(cargo.stderr.take().expect("it was asked for"));
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
    let read = cargo.stdout.take().expect("it was asked for").read_to_string(&mut stdout);
    read.map_err(Fault::of("cargo's messages"))?;
    let status = cargo.wait().map_err(Fault::of("cargo"))?;
    let words = words.join().expect("it only reads");

    let messages = stdout.lines().filter_map(|line| serde_json::from_str(line).ok());
    let mut binary = None;
    let mut errors = Vec::new();
    for message in messages {
        match message {
            Message::Artifact { target, executable } if target.name == "checks" => {
                binary = executable;
            }
            Message::Diagnostic { target, message } if message.level == "error" => {
                errors.push((target, message));
            }
            _ => {}
        }
    }
    if !errors.is_empty() {
        return Ok(Build::Errors(errors));
    }
    match binary {
        Some(binary) if status.success() => Ok(Build::Binary(binary)),
        _ => Err(Fault(format!("cargo could not build the checks:\n{words}"))),
    }
}

/// Builds and runs an example of an answer's package, on this terminal. Returns whether
/// it ended well.
///
/// # Errors
///
/// If there is no such example, or cargo cannot be run.
pub fn run_example(
    answer: &AnswerSource,
    example: &str,
    arguments: &[String],
) -> Result<bool, Fault> {
    let package = answer.workspace.join(&answer.file);
    let package = package.ancestors().nth(2).unwrap_or(&package);
    if !package.join("examples").join(example).with_extension("rs").is_file() {
        return Err(Fault(format!("{} has nothing to run {example}", answer.package)));
    }
    let status = Command::new(cargo())
        .current_dir(&answer.workspace)
        .args(["run", "--quiet", "--package", &answer.package, "--example", example, "--"])
        .args(arguments)
        .status()
        .map_err(Fault::of("cargo cannot be run"))?;
    Ok(status.success())
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// If the library takes the answer and the test's mount of it does not, then the explorer
/// lacks something, and this says what. If a check does not fit, the answer lacks something.
fn what_the_explorer_lacks(
    answer: &AnswerSource,
    errors: &[(Target, Diagnostic)],
) -> Option<String> {
    let file = answer.file.file_name().unwrap_or_default().to_string_lossy();
    let file = format!("src/{file}");
    let primary = |error: &Diagnostic| error.spans.iter().position(|span| span.is_primary);
    let mut lacking = Vec::new();
    for (target, error) in errors {
        let place = primary(error).map(|at| &error.spans[at]);
        match place {
            _ if !target.kind.contains(&"test".to_owned()) => return None,
            Some(span) if !span.file_name.ends_with(&file) => return None,
            Some(span) => lacking.push(format!("{file}:{}: {}", span.line_start, error.message)),
            // "aborting due to …"
            None => {}
        }
    }
    lacking.dedup();
    (!lacking.is_empty()).then(|| lacking.join("; "))
}
