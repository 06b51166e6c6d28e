//! Known answers, built beside the checks that judge them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use workbook::Workbook;
use workbook::exercise::Exercise;
use workbook::stage;

/// Stages answers to an exercise, and builds the checks of those that are wanted, all in one call
/// of cargo. Returns the test binaries by the answer's name. An answer that does not compile has
/// none; cargo says why on stderr.
pub fn build(
    workbook: &Workbook,
    exercise: &Arc<Exercise>,
    answers: &BTreeMap<String, String>,
    wanted: &[String],
) -> BTreeMap<String, PathBuf> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let folder = workbook.root().join("target/stage").join(exercise.folder());
    stage::stage(workbook, &folder, exercise, answers).expect("the stage can be written");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .current_dir(&folder)
        .args(["test", "--no-run", "--test", "checks", "--keep-going", "--quiet"])
        .args(["--message-format", "json-render-diagnostics"])
        // Nobody reads a backtrace here, and without its data the binaries are linked sooner.
        .env("CARGO_PROFILE_DEV_DEBUG", "none")
        .stderr(Stdio::inherit());
    for name in wanted {
        build.args(["--package", &format!("answer-{name}")]);
    }
    let output = build.output().expect("cargo can be run");
    let messages = output.stdout.split(|&byte| byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let built = messages.filter_map(|message| {
        let binary = message["executable"].as_str()?;
        let package = PathBuf::from(message["manifest_path"].as_str()?);
        let name = package.parent()?.file_name()?.to_str()?.to_owned();
        Some((name, binary.into()))
    });
    built.collect()
}
