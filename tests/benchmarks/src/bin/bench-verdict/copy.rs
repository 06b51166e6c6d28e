//! A copy of the workbook, as a learner has it who has solved all exercises.

use std::cell::Cell;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use benchmarks::run::remove;
use workbook::answer::Owner;
use workbook::{Fault, Workbook};

use super::span::{LINKER, LOG, Split};
use super::{env, now};

/// The workbook in a folder of its own, with the solutions in the exercises and nothing compiled.
pub struct Copy {
    workbook: Workbook,
    folder: PathBuf,
    /// This program, which stands in for rustc and the linker.
    own: PathBuf,
    /// How many edits were made.
    edits: Cell<usize>,
}

impl Copy {
    /// Copies the files that git knows.
    ///
    /// # Errors
    ///
    /// If git cannot be run, or a file cannot be read or written.
    pub fn of(original: &Workbook) -> Result<Self, Fault> {
        let folder = original.target().join("bench-verdict");
        remove(&folder)?;
        let root = folder.join("workbook");
        for file in files(original.root())? {
            put(&original.root().join(&file), &root.join(&file))?;
        }
        let own = env::current_exe().map_err(Fault::of("this program"))?;
        put(&own, &folder.join(LINKER))?;
        let workbook = Workbook::open(&root)?;
        for exercise in workbook.exercises() {
            let of = |owner| workbook.answer(exercise, owner).path();
            put(&of(Owner::Workbook), &of(Owner::Learner))?;
        }
        Ok(Self { workbook, folder, own, edits: Cell::new(0) })
    }

    /// Edits an answer: all its lines move down by one, or back up. That is what a new line does to those below
    /// it, and with debug information the compiler has much more to do than when only a line's text changes.
    ///
    /// # Errors
    ///
    /// If its file cannot be read or written.
    pub fn edit(&self, package: &str) -> Result<(), Fault> {
        self.edits.set(self.edits.get() + 1);
        let answer = self.workbook.find_learners(package)?;
        let solution = self.workbook.answer(&answer.exercise, Owner::Workbook);
        let text = solution.read()?.ok_or_else(|| solution.missing())?;
        let text = format!("{}{text}", "// A new line.\n".repeat(self.edits.get() % 2));
        fs::write(answer.path(), text).map_err(Fault::of(answer.path().display()))
    }

    /// Builds the tests of an exercise, and nothing else.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn build(&self, package: &str) -> Result<Split, Fault> {
        self.run("cargo", &["test", "--no-run", "--quiet", "--package", package])
    }

    /// Asks for a verdict on an exercise, as a learner does.
    ///
    /// # Errors
    ///
    /// If the answer does not pass.
    pub fn verdict(&self, package: &str) -> Result<Split, Fault> {
        self.run("just", &["check", package])
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<Split, Fault> {
        let log = self.folder.join("spans");
        fs::write(&log, "").map_err(Fault::of(log.display()))?;
        let linker = self.folder.join(LINKER);
        let mut command = Command::new(program);
        // Cargo has set these for this program, and the programs in the copy would look here.
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_this_package(name.to_str())) {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.workbook.root());
        command.env(LOG, &log).env("RUSTC_WRAPPER", &self.own);
        command.env(linker_variable()?, linker).env_remove("CARGO_TARGET_DIR");
        // As in a learner's clone, whatever the environment and the folders above the copy say.
        command.env("CARGO_INCREMENTAL", "1");
        let start = now();
        let output = command.stdin(Stdio::null()).output().map_err(Fault::of(program))?;
        let end = now();
        if !output.status.success() {
            return Err(failed(program, arguments, &output));
        }
        Split::of(&log, start, end).map_err(Fault::of(log.display()))
    }
}

fn is_of_this_package(variable: Option<&str>) -> bool {
    let prefixes = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];
    variable.is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
}

/// The variable with which cargo is told a linker for this machine.
fn linker_variable() -> Result<String, Fault> {
    let rustc = Command::new("rustc").args(["--print", "host-tuple"]).output();
    let host = rustc.map_err(Fault::of("rustc"))?.stdout;
    let host = String::from_utf8_lossy(&host).trim().to_uppercase().replace('-', "_");
    Ok(format!("CARGO_TARGET_{host}_LINKER"))
}

fn files(root: &Path) -> Result<Vec<String>, Fault> {
    let git = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output();
    let git = git.map_err(Fault::of("git"))?;
    if !git.status.success() {
        return Err(failed("git", &["ls-files"], &git));
    }
    let names = String::from_utf8_lossy(&git.stdout);
    Ok(names.split_terminator('\0').map(str::to_owned).collect())
}

fn put(from: &Path, to: &Path) -> Result<(), Fault> {
    let folder = to.parent().ok_or_else(|| Error::from(ErrorKind::InvalidInput));
    let copied = folder.and_then(fs::create_dir_all).and_then(|()| fs::copy(from, to));
    copied.map(|_| ()).map_err(Fault::of(to.display()))
}

fn failed(program: &str, arguments: &[&str], output: &Output) -> Fault {
    Fault(format!(
        "{program} {}: {}\n{}{}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
