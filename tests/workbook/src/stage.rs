//! Puts answers into packages of their own, beside the checks that will judge them.
//!
//! A staged answer is the exercise's package with another answer's file in it: the same
//! manifest, the same given code, the same mount of the same checks. All stages share the
//! workbook's own build of everything else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use toml::{Table, Value};

use crate::answer::{AnswerSource, Owner};
use crate::exercise::Exercise;
use crate::{Fault, Workbook, read};

/// What a staged package has of its own besides the answer.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Its manifest, under the name of the exercise's package.
    pub manifest: String,
    /// Its test crate, `tests/checks.rs`.
    pub tests: String,
}

impl Mount {
    /// The exercise's own: the checks, mounted from where they are.
    fn of_checks(workbook: &Workbook, exercise: &Exercise) -> Result<Self, Fault> {
        let package = workbook.root().join("exercises").join(exercise.folder());
        let tests = workbook.root().join("tests").to_string_lossy().replace('\\', "/");
        let mounted = read(&package.join("tests/checks.rs"))?;
        Ok(Self {
            manifest: read(&package.join("Cargo.toml"))?,
            tests: mounted.replace("../../../tests/", &format!("{tests}/")),
        })
    }
}

/// Stages the texts of answers, each under a name, beside the checks. What was staged in `folder` before is
/// replaced; only its build stays.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn stage(
    workbook: &Workbook,
    folder: &Path,
    exercise: &Arc<Exercise>,
    answers: &BTreeMap<String, String>,
) -> Result<Vec<AnswerSource>, Fault> {
    let mount = Mount::of_checks(workbook, exercise)?;
    stage_beside(&mount, workbook, folder, exercise, answers)
}

/// As [`stage`], beside other tests than the checks.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn stage_beside(
    mount: &Mount,
    workbook: &Workbook,
    folder: &Path,
    exercise: &Arc<Exercise>,
    answers: &BTreeMap<String, String>,
) -> Result<Vec<AnswerSource>, Fault> {
    for entry in fs::read_dir(folder.join("answers")).into_iter().flatten() {
        let old = entry.map_err(Fault::of(folder.display()))?;
        if !answers.contains_key(&*old.file_name().to_string_lossy()) {
            fs::remove_dir_all(old.path()).map_err(Fault::of(old.path().display()))?;
        }
    }
    let root = workbook.root();
    write(&folder.join("Cargo.toml"), &workspace_manifest(root)?)?;
    copy(&root.join("Cargo.lock"), &folder.join("Cargo.lock"))?;

    // The workbook's own target folder has the dependencies already.
    let target = Value::from(workbook.target().to_string_lossy().into_owned());
    let config = format!("[build]\ntarget-dir = {target}\nincremental = false\n");
    write(&folder.join(".cargo/config.toml"), &config)?;

    let package = root.join("exercises").join(exercise.folder());
    let stage = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut staged = Vec::new();
    for (name, text) in answers {
        let own = Path::new("answers").join(name);
        let to = folder.join(&own);
        copy_sources(&package.join("src"), &to.join("src"))?;
        write(&to.join("tests/checks.rs"), &mount.tests)?;
        let own_file = own.join("src").join(format!("{}.rs", exercise.name));
        write(&folder.join(&own_file), text)?;
        // Cargo tells packages in one target folder apart by their names, and by where they are
        // in their workspace: so no two stages may have the same name for an answer.
        let name = format!("answer-{}-{stage}-{name}", exercise.label());
        let own_name = format!("name = \"exercise-{}\"", exercise.label());
        write(
            &to.join("Cargo.toml"),
            &mount.manifest.replace(&own_name, &format!("name = \"{name}\"")),
        )?;
        let workspace = folder.to_owned();
        staged.push(AnswerSource {
            exercise: exercise.clone(),
            package: name,
            workspace,
            file: own_file,
            owner: Owner::Learner,
        });
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
    workspace.remove("default-members");
    let dependencies = workspace.get_mut("dependencies").and_then(Value::as_table_mut);
    for (_, dependency) in dependencies.into_iter().flatten() {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = root.join(&path).to_string_lossy().into_owned();
        }
    }
    toml::to_string(&manifest).map_err(Fault::of("the staged manifest"))
}

/// Copies the Rust files of a folder, and not what `just reset` keeps beside them.
fn copy_sources(from: &Path, to: &Path) -> Result<(), Fault> {
    for entry in fs::read_dir(from).map_err(Fault::of(from.display()))? {
        let file = entry.map_err(Fault::of(from.display()))?;
        if file.path().extension().is_some_and(|extension| extension == "rs") {
            copy(&file.path(), &to.join(file.file_name()))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    write(to, &read(from)?)
}

/// A file that has not changed is left as it is, so that cargo does not build it again.
fn write(path: &Path, text: &str) -> Result<(), Fault> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Fault::of(folder.display()))?;
    }
    fs::write(path, text).map_err(Fault::of(path.display()))
}
