//! Programs that must not compile, in `guide/listings/rejected/`, and rustc's errors.
//!
//! The words of an error change from one rustc to the next. With another rustc than the one whose
//! errors the guide shows, only the errors' codes are compared.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::{expect, guide, run};

/// The rustc whose errors the guide shows.
const RUSTC: &str = "1.95";

pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rejected");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = file.file_stem().expect("it has a name").to_string_lossy().into_owned();
            Trial::test(format!("rejected/{name}"), move || check(&name, &file))
        })
        .collect()
}

fn check(name: &str, file: &Path) -> Result<(), Failed> {
    let error = error_of(file);
    if codes(&error).is_empty() && !error.contains("error:") {
        return Err(format!("rustc accepts it:\n{error}").into());
    }
    let version = run(Command::new("rustc").arg("--version"));
    if version.starts_with(&format!("rustc {RUSTC}.")) {
        return expect("rejected", name, &error);
    }
    let shown = guide().join(format!("src/generated/rejected/{name}.snap"));
    let shown = fs::read_to_string(&shown).map_err(|error| format!("{shown:?}: {error}"))?;
    println!("{}: only the codes of its errors are compared with those of {RUSTC}", version.trim());
    match codes(&shown) == codes(&error) {
        true => Ok(()),
        false => Err(format!("the guide shows this:\n{shown}\nand rustc says:\n{error}").into()),
    }
}

/// The codes of the errors in rustc's output, such as `E0382`.
fn codes(output: &str) -> Vec<&str> {
    let codes = output.lines().filter_map(|line| line.strip_prefix("error[")?.get(..5));
    codes.collect()
}

fn error_of(file: &Path) -> String {
    let deps = env::current_exe().expect("the path of this program is known");
    let deps = deps.parent().expect("it is in target/debug/deps").to_owned();
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.current_dir(file.parent().expect("it is in a folder"));
    command.args(["--edition", "2024", "--emit", "metadata", "--color", "never"]);
    command.arg("-o").arg(env::temp_dir().join("rejected-listing.rmeta"));
    command.arg("-L").arg(&deps);
    for name in ["tokio", "tokio_util", "tracing"] {
        command.arg("--extern").arg(format!("{name}={}", library(&deps, name).display()));
    }
    command.arg(file.file_name().expect("it has a name"));
    without_boilerplate(&run(&mut command))
}

/// Without the last lines, which say how many errors there were and how to read about them, and
/// without notes that point into the source of the standard library or of another crate.
fn without_boilerplate(output: &str) -> String {
    let last = |line: &&str| {
        line.starts_with("error: aborting due to")
            || line.starts_with("For more information about")
            || line.starts_with("Some errors have detailed explanations")
            || line.starts_with("(ends with exit code")
    };
    let lines: Vec<&str> = output.lines().filter(|line| !last(line)).collect();
    let blocks = lines.join("\n");
    let blocks = blocks.split("\nnote: ").filter(|block| {
        let place = block.lines().nth(1).unwrap_or_default().trim_start();
        let file = place.strip_prefix("--> ").unwrap_or_default();
        !file.starts_with("/rustc/") && !Path::new(file).is_absolute()
    });
    let text = blocks.collect::<Vec<_>>().join("\nnote: ");
    format!("{}\n", text.trim_end())
}

/// The newest build of a library that this program is linked with.
fn library(deps: &Path, name: &str) -> PathBuf {
    let prefix = format!("lib{name}-");
    fs::read_dir(deps)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| {
            let file = entry.file_name().to_string_lossy().into_owned();
            file.starts_with(&prefix) && file.ends_with(".rlib")
        })
        .max_by_key(|entry| entry.metadata().and_then(|data| data.modified()).ok())
        .expect("this program depends on it")
        .path()
}
