//! Builds the checks of an answer with cargo, and says whose fault it is if that fails.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;

use crate::Fault;
use crate::answer::AnswerSource;

/// The lints whose warnings often explain why a check fails. The first is about a forgotten
/// `.await`. Others, such as `dead_code`, are of no help while an answer is being written.
const TELLING_LINTS: [&str; 4] =
    ["unused_must_use", "unconditional_recursion", "dropping_references", "dropping_copy_types"];
const MAX_WARNINGS: usize = 3;

/// The result of a build.
#[derive(Debug)]
pub enum Built {
    /// The checks can be run.
    Checks(Checks),
    /// rustc's errors in the answer.
    DoesNotCompile(String),
}

/// The checks of an answer, built.
#[derive(Debug)]
pub struct Checks {
    /// The test binary.
    pub binary: PathBuf,
    /// What the answer uses and the explorer lacks. If there is something, the binary is without
    /// the explored checks.
    pub lacking: Option<String>,
    /// rustc's warnings about the answer that often explain a failure.
    pub warnings: Vec<String>,
}

/// What one call of cargo said.
struct Build {
    binary: Option<PathBuf>,
    errors: Vec<(Target, Diagnostic)>,
    warnings: Vec<String>,
    /// Its own output.
    words: String,
}

/// A line of cargo's JSON. For these few fields, the crate `cargo_metadata` and those that it
/// depends on would be too much for the learner's first build.
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
    code: Option<Code>,
    rendered: Option<String>,
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
}

impl Target {
    fn is_test(&self) -> bool {
        self.kind.iter().any(|kind| kind == "test")
    }
}

impl Diagnostic {
    fn primary(&self) -> Option<&Span> {
        self.spans.iter().find(|span| span.is_primary)
    }

    /// Whether it or one of its notes points into a file.
    fn points_into(&self, file: &str) -> bool {
        self.spans.iter().any(|span| span.file_name.ends_with(file))
            || self.children.iter().any(|note| note.points_into(file))
    }
}

/// Builds the checks of an answer. `progress` gets the lines that cargo prints.
///
/// # Errors
///
/// If cargo cannot be run, or fails for another reason than the answer.
pub fn checks(
    answer: &AnswerSource,
    progress: impl Fn(&str) + Send + Clone + 'static,
) -> Result<Built, Fault> {
    let mut build = cargo_build(answer, &["test", "--no-run"], &[], progress.clone())?;
    let mut lacking = None;
    if !build.errors.is_empty() {
        lacking = what_the_explorer_lacks(answer, &build.errors);
        let Some(lacking) = &lacking else {
            return Ok(Built::DoesNotCompile(in_words(answer, build.errors)));
        };
        build = cargo_build(answer, &["rustc"], &["--cfg", "unexplored"], progress)?;
        if !build.errors.is_empty() {
            return Err(Fault(format!("the checks cannot be built without {lacking}")));
        }
    }
    match build {
        Build { binary: Some(binary), warnings, .. } => {
            Ok(Built::Checks(Checks { binary, lacking, warnings }))
        }
        Build { words, .. } => Err(Fault(format!("cargo could not build the checks:\n{words}"))),
    }
}

/// rustc's errors about what in the answer should be `Send` and is not. The checks ask whether
/// it is, without a compile error; here they require it.
///
/// # Errors
///
/// If cargo cannot be run.
pub fn send_errors(answer: &AnswerSource) -> Result<Option<String>, Fault> {
    let build = cargo_build(answer, &["rustc"], &["--cfg", "show_send_errors"], |_| ())?;
    let file = mounted_file(answer);
    let mut errors = build.errors;
    errors.retain(|(_, error)| error.points_into(&file));
    Ok((!errors.is_empty()).then(|| rendered(errors)))
}

/// Builds the test binary of an answer, with further arguments for rustc.
fn cargo_build(
    answer: &AnswerSource,
    command: &[&str],
    rustc: &[&str],
    progress: impl Fn(&str) + Send + 'static,
) -> Result<Build, Fault> {
    let mut cargo = Command::new(cargo());
    cargo
        .current_dir(&answer.workspace)
        .args(command)
        .args(["--package", &answer.package, "--test", "checks"])
        .args(["--message-format", "json-diagnostic-rendered-ansi"]);
    if !rustc.is_empty() {
        cargo.arg("--").args(rustc);
    }
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

    let mut build = Build { binary: None, errors: Vec::new(), warnings: Vec::new(), words };
    let file = mounted_file(answer);
    for line in stdout.lines() {
        match serde_json::from_str(line) {
            Ok(Message::Artifact { target, executable }) if target.name == "checks" => {
                build.binary = executable.filter(|_| status.success());
            }
            Ok(Message::Diagnostic { target, message }) if message.level == "error" => {
                build.errors.push((target, message));
            }
            // The checks mount the file a second time; that would say everything twice.
            Ok(Message::Diagnostic { target, message }) if !target.is_test() => {
                build.warnings.extend(telling_warning(message, &file));
            }
            _ => {}
        }
    }
    build.warnings.truncate(MAX_WARNINGS);
    Ok(build)
}

/// A warning in rustc's words, if it is about this file and often explains a failure.
fn telling_warning(warning: Diagnostic, file: &str) -> Option<String> {
    let lint = warning.code.as_ref().is_some_and(|code| TELLING_LINTS.contains(&&*code.code));
    let here = warning.primary().is_some_and(|span| span.file_name.ends_with(file));
    if lint && here { warning.rendered } else { None }
}

/// What to fix so that the answer and its checks compile. Errors that are all in the checks come
/// from signatures that are not the exercise's, and one of them says it.
fn in_words(answer: &AnswerSource, errors: Vec<(Target, Diagnostic)>) -> String {
    let file = mounted_file(answer);
    if errors.iter().any(|(_, error)| error.points_into(&file)) {
        return rendered(errors);
    }
    let Some((_, first)) = errors.into_iter().find(|(_, error)| error.rendered.is_some()) else {
        return String::new();
    };
    format!(
        "{}\n{file} compiles, but the checks cannot use it. Compare its names and signatures with \
         those of the stub; a type that a `pub fn` returns has to be `pub`, too.\n",
        first.rendered.unwrap_or_default()
    )
}

/// All errors in rustc's words, each of them once.
fn rendered(errors: Vec<(Target, Diagnostic)>) -> String {
    let mut seen = HashSet::new();
    let texts = errors.into_iter().filter_map(|(_, error)| error.rendered);
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// How the paths of the answer's file end, in the library and where the checks mount it.
fn mounted_file(answer: &AnswerSource) -> String {
    format!("src/{}", answer.file.file_name().unwrap_or_default().to_string_lossy())
}

/// Builds and runs an example of an answer's package on this terminal. Returns whether it
/// succeeded.
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
        return Err(Fault(format!("{} has no example `{example}`", answer.package)));
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

/// If the library accepts the answer, but its mount on the explorer's primitives does not compile,
/// then the explorer lacks something that the answer uses. This says what. An error in the
/// library or in a check is the answer's.
fn what_the_explorer_lacks(
    answer: &AnswerSource,
    errors: &[(Target, Diagnostic)],
) -> Option<String> {
    let file = mounted_file(answer);
    let mut lacking = Vec::new();
    for (target, error) in errors {
        match error.primary() {
            _ if !target.is_test() => return None,
            Some(span) if !span.file_name.ends_with(&file) => return None,
            Some(span) => lacking.push(format!("{file}:{}: {}", span.line_start, error.message)),
            // "aborting due to ...", which is about no place.
            None => {}
        }
    }
    lacking.dedup();
    (!lacking.is_empty()).then(|| lacking.join("; "))
}
