//! What all answers to an exercise have in common.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use walkdir::WalkDir;
use workbook::answer::{AnswerSource, Owner};
use workbook::compile::{Build, cargo};
use workbook::exercise::Exercise;
use workbook::run::{self, Tests};
use workbook::{Fault, Workbook, stage};

use super::record::{self, Call};
use super::replay::{OUT, Replay};
use crate::jail::Jail;

/// The name that the stub is staged under.
const STUB: &str = "stub";

/// An exercise, ready to compile answers to it.
#[derive(Debug)]
pub struct Template {
    exercise: Arc<Exercise>,
    /// The given files of the package and the checks, by their path in the workbook.
    given: BTreeMap<PathBuf, Vec<u8>>,
    tests: Tests,
    replay: Replay,
}

impl Template {
    /// Builds the stub of an exercise with cargo, and copies the libraries that it needs to the
    /// folder `libraries`. `grade` is the program of that name.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written, or cargo cannot build the stub.
    pub fn build(
        workbook: &Workbook,
        exercise: &Arc<Exercise>,
        grade: &Path,
        libraries: &Path,
        progress: impl Fn(&str) + Send + Clone + 'static,
    ) -> Result<Self, Fault> {
        let stage = workbook.target().join("stage/grading").join(exercise.folder());
        let calls = stage.join("calls");
        let stub = exercise.stub();
        let stub = fs::read_to_string(&stub).map_err(Fault::of(stub.display()))?;
        let answers = BTreeMap::from([(STUB.to_owned(), stub)]);
        let build = || {
            let answer = stage::stage(workbook, &stage, exercise, &answers)?.remove(0);
            let configure = |cargo: &mut Command| record::configure(cargo, grade, &calls);
            let build = cargo::build(&answer, None, progress.clone(), configure)?;
            match build.binary {
                Some(binary) => Ok((binary, build.libraries)),
                None => {
                    let label = exercise.label();
                    Err(Fault(format!("exercise {label} cannot be built:\n{}", build.words)))
                }
            }
        };
        let (mut binary, mut made) = build()?;
        let (library, checks) = match read_calls(exercise, &calls, &binary) {
            Ok(calls) => calls,
            // Cargo has built it before, and the calls were deleted since then.
            Err(_) => {
                let answers = stage.join("answers");
                fs::remove_dir_all(&answers).map_err(Fault::of(answers.display()))?;
                (binary, made) = build()?;
                read_calls(exercise, &calls, &binary)?
            }
        };
        copy_libraries(&made, libraries)?;
        let moved = [
            (stage.join("answers").join(STUB), package(exercise)),
            (Path::new("answers").join(STUB), package(exercise)),
        ];
        Ok(Self {
            exercise: exercise.clone(),
            given: given(workbook, exercise)?,
            tests: run::tests(&binary)?,
            replay: Replay { library, checks, libraries: libraries.to_owned(), moved },
        })
    }

    /// The tests in the binary of any answer.
    pub fn tests(&self) -> Tests {
        Arc::clone(&self.tests)
    }

    /// Compiles the answer in a folder, with one more `cfg` for the checks if that is asked for.
    ///
    /// # Errors
    ///
    /// If rustc cannot be run.
    pub fn compile(
        &self,
        jail: Option<&Jail>,
        folder: &Path,
        cfg: Option<&str>,
    ) -> Result<Build, Fault> {
        self.replay.compile(jail, folder, cfg)
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
        let file = answer_file(exercise);
        let given = self.given.iter().map(|(path, text)| (path, text.as_slice()));
        for (path, text) in given.chain([(&file, text.as_bytes())]) {
            let path = folder.join(path);
            let write = || {
                fs::create_dir_all(path.parent().unwrap_or(folder))?;
                fs::write(&path, text)
            };
            write().map_err(Fault::of(path.display()))?;
        }
        Ok(AnswerSource {
            exercise: exercise.clone(),
            package: format!("exercise-{}", exercise.label()),
            workspace: folder.to_owned(),
            file,
            owner: Owner::Learner,
        })
    }
}

/// Where an exercise's package is in the workbook, and an answer's in its folder.
fn package(exercise: &Exercise) -> PathBuf {
    Path::new("exercises").join(exercise.folder())
}

fn answer_file(exercise: &Exercise) -> PathBuf {
    package(exercise).join("src").join(&exercise.name).with_added_extension("rs")
}

/// The calls of rustc that have made a test binary.
fn read_calls(exercise: &Exercise, calls: &Path, binary: &Path) -> Result<(Call, Call), Fault> {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let checks = Call::read(calls, &stem(binary))?;
    let library = checks.library(&exercise.name).map(stem).unwrap_or_default();
    let library = Call::read(calls, library.strip_prefix("lib").unwrap_or(&library))?;
    Ok((library, checks))
}

/// The files that an answer is compiled with: those of its package, and the checks.
fn given(workbook: &Workbook, exercise: &Exercise) -> Result<BTreeMap<PathBuf, Vec<u8>>, Fault> {
    let package = package(exercise);
    let checks = Path::new("tests").join(exercise.folder()).join("checks");
    let mut given = BTreeMap::new();
    for folder in [package.join("src"), package.join("tests"), checks] {
        for entry in WalkDir::new(workbook.root().join(&folder)) {
            let path = entry.map_err(Fault::of(folder.display()))?.into_path();
            // Others are what `just reset` keeps.
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read(&path).map_err(Fault::of(path.display()))?;
                let path = path.strip_prefix(workbook.root()).unwrap_or(&path);
                given.insert(path.to_owned(), text);
            }
        }
    }
    given.remove(&answer_file(exercise));
    Ok(given)
}

/// Copies the libraries among the files that cargo has made.
fn copy_libraries(made: &[PathBuf], to: &Path) -> Result<(), Fault> {
    fs::create_dir_all(to).map_err(Fault::of(to.display()))?;
    for library in made {
        let extension = library.extension().unwrap_or_default();
        // The others are programs that built something.
        if ["rlib", "rmeta", "so", "dylib", "dll"].iter().any(|known| extension == *known) {
            let name = library.file_name().unwrap_or_default();
            fs::copy(library, to.join(name)).map_err(Fault::of(library.display()))?;
        }
    }
    Ok(())
}
