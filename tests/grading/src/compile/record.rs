//! Writes down how cargo calls rustc.
//!
//! Cargo calls the program in `RUSTC_WORKSPACE_WRAPPER` in place of rustc, for the packages of the
//! workspace alone. Here that is `grade` itself, which calls rustc and keeps the call.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde::{Deserialize, Serialize};
use workbook::Fault;

use crate::out;

/// The folder that calls are written to. Only the wrapper sees this variable.
const FOLDER: &str = "INTERLEAVE_RUSTC_CALLS";

/// How cargo called rustc for one crate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// What cargo says in the environment: `CARGO_MANIFEST_DIR` and the like.
    pub environment: BTreeMap<String, String>,
}

/// Makes cargo call `grade`, and `grade` keep rustc's calls in a folder.
pub(super) fn configure(cargo: &mut Command, grade: &Path, folder: &Path) {
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", grade)
        .env(FOLDER, folder)
        // One that caches may not call this program.
        .env("RUSTC_WRAPPER", "")
        // The stage says so, too, but the environment would win; and a jail has no folder for it.
        .env("CARGO_INCREMENTAL", "0");
}

/// If cargo has called this program in place of rustc: calls rustc, writes the call down, and
/// returns rustc's exit code. To be called before the arguments are looked at.
pub fn instead_of_rustc() -> Option<ExitCode> {
    let folder = PathBuf::from(env::var_os(FOLDER)?);
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next()?;
    let arguments: Vec<OsString> = arguments.collect();
    let status = Command::new(&program).args(&arguments).env_remove(FOLDER).status();
    let code = match status {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            1
        }
    };
    if code == 0
        && let Err(fault) = keep(&folder, program.into(), arguments)
    {
        eprintln!("{fault}");
        return Some(ExitCode::FAILURE);
    }
    Some(ExitCode::from(code))
}

/// Keeps the call if it compiles a crate. Cargo asks rustc other things, too.
fn keep(folder: &Path, program: PathBuf, arguments: Vec<OsString>) -> Result<(), Fault> {
    let text = |text: OsString| {
        text.into_string().map_err(|text| Fault(format!("{} is not UTF-8", text.display())))
    };
    let arguments = arguments.into_iter().map(text).collect::<Result<_, _>>()?;
    let mut environment = BTreeMap::new();
    for (name, value) in env::vars_os().filter(|(name, _)| is_cargos(&name.to_string_lossy())) {
        environment.insert(text(name)?, text(value)?);
    }
    let call = Call { program, arguments, environment };
    let Some(file) = call.file_stem() else { return Ok(()) };
    let json = serde_json::to_vec_pretty(&call).map_err(Fault::of("a call of rustc"))?;
    out::write(&path(folder, &file), &json)
}

/// Whether a variable is one that cargo sets for the crate that is compiled.
fn is_cargos(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

fn path(folder: &Path, file: &str) -> PathBuf {
    folder.join(file).with_added_extension("json")
}

impl Call {
    /// Reads the call that has made a file of this stem.
    pub fn read(folder: &Path, stem: &str) -> Result<Self, Fault> {
        let path = path(folder, stem);
        let text = fs::read(&path).map_err(Fault::of(path.display()))?;
        serde_json::from_slice(&text).map_err(Fault::of(path.display()))
    }

    /// The value of an option that is an argument of its own: `--out-dir`.
    pub fn option(&self, name: &str) -> Option<&str> {
        let at = self.arguments.iter().position(|argument| argument == name)?;
        self.arguments.get(at + 1).map(String::as_str)
    }

    /// The path of a library that it is given: `semaphore=…/libsemaphore-111a6e8f.rlib`.
    pub fn library(&self, name: &str) -> Option<&Path> {
        let values = self.arguments.iter().filter_map(|argument| argument.split_once('='));
        values.filter(|(key, _)| *key == name).map(|(_, path)| Path::new(path)).next()
    }

    /// The name of the file that it makes, without prefix and extension: `checks-8b5a1c02`.
    pub fn file_stem(&self) -> Option<String> {
        let name = self.option("--crate-name")?;
        let extra = self.arguments.iter().find_map(|one| one.strip_prefix("extra-filename="))?;
        Some(format!("{name}{extra}"))
    }
}
