//! What all answers to an exercise have in common.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use workbook::answer::{AnswerSource, Owner};
use workbook::compile::{Build, Diagnostic, Message, cargo};
use workbook::exercise::Exercise;
use workbook::run::{self, Tests};
use workbook::{Fault, Workbook, stage};

use super::record::{self, Call};

/// The name that the stub is staged under.
const STUB: &str = "stub";
/// Where an answer's library and binary go, in its folder.
const OUT: &str = "out";

/// An exercise, ready to compile answers to it.
#[derive(Debug)]
pub struct Template {
    exercise: Arc<Exercise>,
    /// The given files of the package and the checks, by their path in the workbook.
    given: BTreeMap<PathBuf, Vec<u8>>,
    /// The workspace that the stub is staged in.
    stage: PathBuf,
    library: Call,
    checks: Call,
    tests: Tests,
}

impl Template {
    /// Builds the stub of an exercise with cargo, and all that it depends on. `recorder` is a
    /// program that calls [`instead_of_rustc`](super::instead_of_rustc) first.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written, or cargo cannot build the stub.
    pub fn build(
        workbook: &Workbook,
        exercise: &Arc<Exercise>,
        recorder: &Path,
        progress: impl Fn(&str) + Send + Clone + 'static,
    ) -> Result<Self, Fault> {
        let stage = workbook.root().join("target/stage/grading").join(exercise.folder());
        let calls = stage.join("calls");
        let stub = exercise.stub();
        let stub = fs::read_to_string(&stub).map_err(Fault::of(stub.display()))?;
        let staged = || {
            let answers = BTreeMap::from([(STUB.to_owned(), stub.clone())]);
            let answer = stage::stage(workbook, &stage, exercise, &answers)?.remove(0);
            let configure = |cargo: &mut Command| record::configure(cargo, recorder, &calls);
            let build = cargo::build(&answer, None, progress.clone(), configure)?;
            build.binary.ok_or_else(|| {
                let number = exercise.number;
                Fault(format!("the stub of exercise {number} cannot be built:\n{}", build.words))
            })
        };
        let mut binary = staged()?;
        let (library, checks) = match read_calls(exercise, &calls, &binary) {
            Ok(calls) => calls,
            // Cargo has built it before, and the calls were deleted since then.
            Err(_) => {
                let answers = stage.join("answers");
                fs::remove_dir_all(&answers).map_err(Fault::of(answers.display()))?;
                binary = staged()?;
                read_calls(exercise, &calls, &binary)?
            }
        };
        let tests = run::tests(&binary)?;
        let given = given(workbook, exercise)?;
        Ok(Self { exercise: exercise.clone(), given, stage, library, checks, tests })
    }

    /// The tests in the binary of any answer.
    pub fn tests(&self) -> Tests {
        Arc::clone(&self.tests)
    }

    /// Writes an answer and the given files into a folder of its own.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub fn lay_out(&self, folder: &Path, text: &str) -> Result<AnswerSource, Fault> {
        let exercise = &self.exercise;
        let out = folder.join(OUT);
        fs::create_dir_all(&out).map_err(Fault::of(out.display()))?;
        let file = package(exercise).join("src").join(format!("{}.rs", exercise.name));
        let answer = (&file, text.as_bytes());
        let given = self.given.iter().map(|(path, text)| (path, text.as_slice()));
        for (path, text) in given.chain([answer]) {
            let path = folder.join(path);
            let write = || {
                fs::create_dir_all(path.parent().unwrap_or(folder))?;
                fs::write(&path, text)
            };
            write().map_err(Fault::of(path.display()))?;
        }
        Ok(AnswerSource {
            exercise: exercise.clone(),
            package: format!("exercise-{}", exercise.number),
            workspace: folder.to_owned(),
            file,
            owner: Owner::Learner,
        })
    }

    /// Compiles the answer in a folder, with one more `cfg` for the checks if that is asked for.
    ///
    /// # Errors
    ///
    /// If rustc cannot be run.
    pub fn compile(&self, folder: &Path, cfg: Option<&str>) -> Result<Build, Fault> {
        let mut build = Build { binary: None, messages: Vec::new(), words: String::new() };
        if !self.replay(&self.library, folder, None, &mut build)? {
            return Ok(build);
        }
        if self.replay(&self.checks, folder, cfg, &mut build)? {
            let stem = self.checks.file_stem().unwrap_or_default();
            build.binary = Some(folder.join(OUT).join(stem + std::env::consts::EXE_SUFFIX));
        }
        Ok(build)
    }

    /// Makes a call again, on the answer in a folder. Returns whether rustc succeeded.
    fn replay(
        &self,
        call: &Call,
        folder: &Path,
        cfg: Option<&str>,
        build: &mut Build,
    ) -> Result<bool, Fault> {
        let moved = Moved::new(self, folder);
        let mut rustc = Command::new(&call.program);
        rustc
            .current_dir(folder)
            .args(call.arguments.iter().map(|argument| moved.argument(argument)))
            .envs(call.environment.iter().map(|(name, value)| (name, moved.argument(value))))
            .stdin(Stdio::null());
        if let Some(cfg) = cfg {
            rustc.args(["--cfg", cfg]);
        }
        let output = rustc.output().map_err(Fault::of("rustc cannot be run"))?;
        let in_checks = std::ptr::eq(call, &self.checks);
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            match serde_json::from_str::<Diagnostic>(line) {
                Ok(diagnostic) => build.messages.push(Message { in_checks, diagnostic }),
                // What rustc says about files, and what others say.
                Err(_) => build.words += &format!("{line}\n"),
            }
        }
        Ok(output.status.success())
    }
}

/// Where an exercise's package is in the workbook, and an answer's in its folder.
fn package(exercise: &Exercise) -> PathBuf {
    Path::new("exercises").join(exercise.folder())
}

/// The calls of rustc that have made a test binary.
fn read_calls(exercise: &Exercise, calls: &Path, binary: &Path) -> Result<(Call, Call), Fault> {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let checks = Call::read(calls, &stem(binary))?;
    let prefix = format!("{}=", exercise.name);
    let library = checks.arguments.iter().find_map(|argument| argument.strip_prefix(&prefix));
    let library = stem(Path::new(library.unwrap_or_default()));
    let library = Call::read(calls, library.strip_prefix("lib").unwrap_or(&library))?;
    Ok((library, checks))
}

/// Where the stub's files are in the arguments, and where an answer's are.
struct Moved {
    /// The folder that rustc writes to. It is an argument of its own; where the dependencies are,
    /// which is the same folder, is a part of another.
    out: (String, String),
    places: Vec<(String, String)>,
}

impl Moved {
    fn new(template: &Template, folder: &Path) -> Self {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let stub = Path::new("answers").join(STUB);
        let package = package(&template.exercise);
        let from = template.library.option("--out-dir").unwrap_or_default();
        let out = (from.to_owned(), text(folder.join(OUT)));
        let library = format!("lib{}.", template.library.file_stem().unwrap_or_default());
        let places = vec![
            (text(template.stage.join(&stub)), text(folder.join(&package))),
            (text(stub), text(package)),
            (text(Path::new(from).join(&library)), text(folder.join(OUT).join(&library))),
        ];
        Self { out, places }
    }

    fn argument(&self, argument: &str) -> String {
        if argument == self.out.0 {
            return self.out.1.clone();
        }
        if argument.starts_with("--emit=") {
            return "--emit=link".to_owned();
        }
        let mut moved = argument.to_owned();
        for (from, to) in &self.places {
            moved = moved.replace(from, to);
        }
        moved
    }
}

/// The files that an answer is compiled with: those of its package, and the checks.
fn given(workbook: &Workbook, exercise: &Exercise) -> Result<BTreeMap<PathBuf, Vec<u8>>, Fault> {
    let package = package(exercise);
    let answer = package.join("src").join(format!("{}.rs", exercise.name));
    let folders = [
        package.join("src"),
        package.join("tests"),
        Path::new("tests").join(exercise.folder()).join("checks"),
    ];
    let mut given = BTreeMap::new();
    for folder in folders {
        read_sources(workbook.root(), &folder, &mut given)?;
    }
    given.remove(&answer);
    Ok(given)
}

/// Reads the Rust files below a folder.
fn read_sources(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), Fault> {
    for entry in fs::read_dir(root.join(folder)).map_err(Fault::of(folder.display()))? {
        let entry = entry.map_err(Fault::of(folder.display()))?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            read_sources(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(path, fs::read(entry.path()).map_err(Fault::of(entry.path().display()))?);
        }
    }
    Ok(())
}
