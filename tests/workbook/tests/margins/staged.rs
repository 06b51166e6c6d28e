//! Known answers, built beside the checks that judge them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use workbook::Workbook;
use workbook::exercise::Exercise;
use workbook::stage;

/// The test binary of an answer, or the errors of rustc.
pub type Built = Result<PathBuf, String>;

/// Stages answers to an exercise, and builds the checks of those that are wanted, all in one call
/// of cargo. Returns what came of it by the answer's name.
pub fn build(
    workbook: &Workbook,
    exercise: &Arc<Exercise>,
    answers: &BTreeMap<String, String>,
    wanted: &[String],
) -> BTreeMap<String, Built> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let folder = workbook.root().join("target/stage").join(exercise.folder());
    let staged = stage::stage(workbook, &folder, exercise, answers);
    let staged = staged.expect("the stage can be written");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .current_dir(&folder)
        .args(["build", "--test", "checks", "--keep-going", "--quiet", "--message-format", "json"])
        // Nobody reads a backtrace here, and without its data the binaries are linked sooner.
        .env("CARGO_PROFILE_DEV_DEBUG", "none")
        .stderr(Stdio::inherit());
    for (name, answer) in answers.keys().zip(staged) {
        if wanted.contains(name) {
            build.args(["--package", &answer.package]);
        }
    }
    let output = build.output().expect("cargo can be run");
    let mut built: BTreeMap<String, Built> = BTreeMap::new();
    for line in output.stdout.split(|&byte| byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else { continue };
        let manifest = message["manifest_path"].as_str().map(Path::new);
        let Some(name) = manifest.and_then(|path| path.parent()?.file_name()?.to_str()) else {
            continue;
        };
        if let Some(binary) = message["executable"].as_str() {
            built.insert(name.to_owned(), Ok(binary.into()));
        } else if message["message"]["level"] == "error" {
            let text = message["message"]["rendered"].as_str().unwrap_or_default();
            let errors = built.entry(name.to_owned()).or_insert_with(|| Err(String::new()));
            if let Err(errors) = errors {
                *errors += text;
            }
        }
    }
    built
}
