//! How this program keeps up with its sources.
//!
//! Cargo takes a tenth of a second to find out that nothing has changed, and a learner would wait for that at each
//! command. So `just` starts this program by itself once it is built, and it asks cargo only if a source is newer.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs, io};

/// Builds and runs this program anew if a source of it is newer, or that cannot be told.
///
/// # Errors
///
/// If that is so, and cargo cannot be run. Otherwise it returns only if this program is up to date.
pub fn if_outdated() -> io::Result<()> {
    let program = env::current_exe()?;
    // Set by `cargo run` and `cargo test`, which have just built this program, or found it up to date.
    if env::var_os("CARGO_PKG_NAME").is_some_and(|own| own == env!("CARGO_PKG_NAME")) {
        // Where this fails, cargo is asked again the next time.
        let _ = fs::File::open(program).and_then(|file| file.set_modified(SystemTime::now()));
        return Ok(());
    }
    if is_up_to_date(&program) {
        return Ok(());
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--"]);
    Err(cargo.args(env::args_os().skip(1)).exec())
}

/// Whether a program is newer than all of its sources. `false` if that cannot be told.
fn is_up_to_date(program: &Path) -> bool {
    let Some(built) = changed(program) else { return false };
    let sources = sources(program);
    let is_older = |source: &PathBuf| changed(source).is_some_and(|changed| changed < built);
    !sources.is_empty() && sources.iter().all(is_older)
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|file| file.modified()).ok()
}

/// The files that a program was built from, as cargo has listed them beside it, and those that say with which
/// crates. None if there is no such list, or if the program was moved since.
fn sources(program: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    // A space in a path has a backslash before it.
    let list = list.trim_end().replace("\\ ", "\0");
    let path = |path: &str| PathBuf::from(path.replace('\0', " "));
    let Some((of, sources)) = list.split_once(": ") else { return Vec::new() };
    let is_moved = fs::canonicalize(path(of)).ok() != fs::canonicalize(program).ok();
    if is_moved {
        return Vec::new();
    }
    // It is in `target/debug`.
    let root = program.ancestors().nth(3).unwrap_or(program);
    let crates = ["Cargo.toml", "Cargo.lock"].map(|file| root.join(file));
    sources.split(' ').map(path).chain(crates).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// A program that was built now from two sources of an hour ago.
    fn built() -> (TempDir, PathBuf) {
        let folder = tempfile::Builder::new().prefix("with a space").tempdir().expect("a folder");
        let path = |name| folder.path().join(name);
        let text = |name| path(name).display().to_string().replace(' ', "\\ ");
        for source in ["Cargo.toml", "Cargo.lock", "lib.rs", "main file.rs"] {
            fs::write(path(source), "").expect("it can be written");
            change(&path(source), HOUR);
        }
        fs::create_dir_all(path("target/debug")).expect("it can be made");
        let program = path("target/debug/program");
        fs::write(&program, "").expect("it can be written");
        let of = text("target/debug/program");
        let list = format!("{of}: {} {}\n", text("lib.rs"), text("main file.rs"));
        fs::write(program.with_extension("d"), list).expect("it can be written");
        (folder, program)
    }

    fn change(file: &Path, ago: Duration) {
        let file = fs::File::options().write(true).open(file).expect("it is there");
        file.set_modified(SystemTime::now() - ago).expect("it can be set");
    }

    #[test]
    fn a_program_is_up_to_date_until_a_source_changes() {
        for source in ["main file.rs", "Cargo.lock"] {
            let (folder, program) = built();
            assert!(is_up_to_date(&program));
            change(&folder.path().join(source), Duration::ZERO);
            assert!(!is_up_to_date(&program), "{source}");
        }
    }

    #[test]
    fn a_program_with_a_source_less_is_outdated() {
        let (folder, program) = built();
        fs::remove_file(folder.path().join("lib.rs")).expect("it is there");
        assert!(!is_up_to_date(&program));
    }

    #[test]
    fn a_program_whose_sources_are_not_known_is_outdated() {
        let (_folder, program) = built();
        let copy = program.with_file_name("copy");
        fs::copy(&program, &copy).expect("it can be copied");
        assert!(!is_up_to_date(&copy), "no list");
        fs::copy(program.with_extension("d"), copy.with_extension("d")).expect("it can be copied");
        assert!(!is_up_to_date(&copy), "the list is that of another program");
    }
}
