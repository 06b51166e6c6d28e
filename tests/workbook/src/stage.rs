//! Puts answers into packages of their own, beside the checks that will judge them.
//!
//! A staged answer is the exercise's package with another answer's file in it: the same
//! manifest, the same given code, the same mount of the same checks. Stages in
//! one folder share one build of everything else.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::Fault;
use crate::exercises::{Answer, Exercise};

/// Stages answer files, each under a name. What was staged in `folder` before is replaced,
/// but for its build.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn stage(
    root: &Path,
    folder: &Path,
    exercise: &'static Exercise,
    answers: &[(String, &Path)],
) -> Result<Vec<Answer>, Fault> {
    for old in ["answers", "tests"] {
        let old = folder.join(old);
        if old.exists() {
            fs::remove_dir_all(&old).map_err(Fault::of(old.display()))?;
        }
    }
    let checks = Path::new("tests").join(exercise.folder()).join("checks");
    copy_folder(&root.join(&checks), &folder.join(&checks))?;
    write(&folder.join("Cargo.toml"), &workspace_manifest(root)?)?;
    copy(&root.join("Cargo.lock"), &folder.join("Cargo.lock"))?;

    // Stages side by side have the same dependencies: they share one build. What is staged is
    // built once, so nothing is kept for the next time.
    let config = "[build]\ntarget-dir = \"../target\"\nincremental = false\n";
    write(&folder.join(".cargo/config.toml"), config)?;

    let package = root.join("exercises").join(exercise.folder());
    let manifest = read(&package.join("Cargo.toml"))?;
    let mut staged = Vec::new();
    for (name, file) in answers {
        let own = Path::new("answers").join(name);
        let to = folder.join(&own);
        copy_folder(&package.join("src"), &to.join("src"))?;
        copy_folder(&package.join("tests"), &to.join("tests"))?;
        let own_file = own.join("src").join(format!("{}.rs", exercise.name));
        copy(file, &folder.join(&own_file))?;
        let name = format!("answer-{name}");
        let own_name = format!("name = \"exercise-{}\"", exercise.number);
        write(&to.join("Cargo.toml"), &manifest.replace(&own_name, &format!("name = \"{name}\"")))?;
        let workspace = folder.to_owned();
        staged.push(Answer { exercise, package: name, workspace, file: own_file });
    }
    Ok(staged)
}

/// The workbook's own manifest, with the staged packages as its members and our crates
/// where they are.
fn workspace_manifest(root: &Path) -> Result<String, Fault> {
    let path = root.join("Cargo.toml");
    let mut manifest: Table = toml::from_str(&read(&path)?).map_err(Fault::of(path.display()))?;
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut);
    let workspace = workspace.ok_or_else(|| Fault(format!("{}: no workspace", path.display())))?;
    workspace.insert("members".to_owned(), Value::Array(vec!["answers/*".into()]));
    let dependencies = workspace.get_mut("dependencies").and_then(Value::as_table_mut);
    for (_, dependency) in dependencies.into_iter().flatten() {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = root.join(&path).to_string_lossy().into_owned();
        }
    }
    toml::to_string(&manifest).map_err(Fault::of("the staged manifest"))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Fault> {
    for entry in fs::read_dir(from).map_err(Fault::of(from.display()))? {
        let entry = entry.map_err(Fault::of(from.display()))?;
        // What a reset has kept beside an answer stays where it is.
        let kept = entry.path().extension().is_some_and(|end| end != "rs" && end != "toml");
        if !kept {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A file that has not changed is left as it is, so that it is not built again.
fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    write(to, &read(from)?)
}

fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(Fault::of(path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Fault::of(folder.display()))?;
    }
    fs::write(path, text).map_err(Fault::of(path.display()))
}
