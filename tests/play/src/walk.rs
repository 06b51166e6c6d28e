//! The graph of a model's states, with the learner's own answer.
//!
//! The answer is staged beside the explored checks of its exercise, which are mounted on the walker:
//! the names `explorer` and `harness` mean the crate `walked` there. So each of those checks is a
//! model to play with, and an exercise needs nothing more.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use scan::Weight;
use toml::{Table, Value};
use wait_timeout::ChildExt;
use walked::{FILE_VARIABLE, SCENARIO_VARIABLE, Walked};
use workbook::answer::AnswerSource;
use workbook::backend::{Backend, Cargo};
use workbook::compile::{self, Built};
use workbook::exercise::Exercise;
use workbook::progress::Progress;
use workbook::stage::{self, Mount};
use workbook::{Fault, Workbook};

/// A walk takes some seconds. One that takes this long has met code that computes without an end.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Walks the model of a check; of a check with several, the one with this scenario.
///
/// # Errors
///
/// If the answer is refused or does not compile, or the workbook cannot build or run its model.
pub fn walk(
    workbook: &Workbook,
    answer: &AnswerSource,
    check: &str,
    scenario: Option<&str>,
) -> Result<Walked, Fault> {
    let progress = Progress::of_one();
    answer.check_text()?.map_err(Fault)?;
    let text = answer.read()?.ok_or_else(|| answer.missing())?;
    let findings = scan::findings(&text);
    if let Some(refused) = findings.iter().find(|found| found.weight == Weight::Refused) {
        let (file, line, reason) = (answer.file.display(), refused.line, &refused.reason);
        return Err(Fault(format!("{file}:{line} is what no answer may use: {reason}")));
    }
    let folder = workbook.target().join("stage").join(format!("play-{}", answer.package));
    let answers = BTreeMap::from([("answer".to_owned(), text)]);
    let mount = mount(workbook, &answer.exercise)?;
    let staged = stage::stage_beside(&mount, workbook, &folder, &answer.exercise, &answers)?;
    progress.compile(answer, 1);
    let backend = Cargo { answer: &staged[0], progress: &progress };
    let built = match compile::checks(&staged[0], &backend)? {
        Built::Checks(built) => built,
        Built::DoesNotCompile(errors) => {
            let own = answer.file.display().to_string();
            let errors = errors.replace(&staged[0].file.display().to_string(), &own);
            return Err(Fault(format!("{} does not compile:\n{errors}", answer.package)));
        }
    };
    if let Some(lacking) = built.lacking {
        return Ok(Err(format!("the walk does not have all that it uses: {lacking}")));
    }
    let tests = backend.tests(&built.binary)?;
    let test = tests.get(check).ok_or_else(|| Fault(format!("there is no model of {check}")))?;
    progress.say("walking through all interleavings");

    let record = tempfile::NamedTempFile::new().map_err(Fault::of("a temporary file"))?;
    let mut command = Command::new(&built.binary);
    command.args(["--exact", test]).env(FILE_VARIABLE, record.path());
    if let Some(scenario) = scenario {
        command.env(SCENARIO_VARIABLE, scenario);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut model = command.spawn().map_err(Fault::of(built.binary.display()))?;
    let ended = model.wait_timeout(TIME_LIMIT).map_err(Fault::of("the model"))?;
    if ended.is_none() {
        // If it has ended in the meantime, there is nothing to kill.
        let _ = model.kill();
        let _ = model.wait();
        let minutes = TIME_LIMIT.as_secs() / 60;
        return Ok(Err(format!("its model did not come to an end in {minutes} minutes")));
    }
    let json = fs::read(record.path()).map_err(Fault::of("what the model has written"))?;
    let ended_early = |_| Ok(Err("its model ended before it was walked through".to_owned()));
    serde_json::from_slice(&json).or_else(ended_early)
}

/// The explored checks of an exercise, on the walker.
fn mount(workbook: &Workbook, exercise: &Arc<Exercise>) -> Result<Mount, Fault> {
    let package = workbook.root().join("exercises").join(exercise.folder());
    let path = package.join("Cargo.toml");
    let manifest = fs::read_to_string(&path).map_err(Fault::of(path.display()))?;
    let mut manifest: Table = toml::from_str(&manifest).map_err(Fault::of(path.display()))?;
    let walked = Table::from_iter([("workspace".to_owned(), Value::Boolean(true))]);
    let only = Table::from_iter([("walked".to_owned(), Value::Table(walked))]);
    manifest.insert("dev-dependencies".to_owned(), Value::Table(only));
    let manifest = toml::to_string(&manifest).map_err(Fault::of(path.display()))?;

    let checks = checks(&exercise.tests.join("checks"))?;
    let name = &exercise.name;
    let tests = format!(
        r#"//! The models of the explored checks, on the walker.
#![cfg(not(unexplored))]
#![allow(dead_code)]

extern crate walked as explorer;
extern crate walked as harness;

pub use explorer::sync;

mod checks {{
{checks}}}
#[path = "../src/{name}.rs"]
mod instrumented;
"#
    );
    Ok(Mount { manifest, tests })
}

/// The text of `checks/mod.rs`, without the modules that the explored checks do not need, and without
/// the allocator, which only measures.
fn checks(folder: &Path) -> Result<String, Fault> {
    let read = |path: &Path| fs::read_to_string(path).map_err(Fault::of(path.display()));
    let models = match fs::read_dir(folder.join("explored")) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => vec![folder.join("explored.rs")],
    };
    let models: Vec<String> = models.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let models = models.concat();
    let is_used = |module: &str| {
        let is_there = |path: &str| models.contains(&format!("{path}::{module}::"));
        module == "explored" || is_there("super") || is_there("crate::checks")
    };

    let mut out = String::new();
    let text = read(&folder.join("mod.rs"))?;
    // Without documentation, so that none is left over from what is left out.
    let left_out = ["//", "#[cfg("];
    let kept = |line: &&str| !left_out.iter().any(|start| line.starts_with(start));
    let mut lines = text.lines().filter(kept);
    while let Some(line) = lines.next() {
        if line == "#[global_allocator]" {
            lines.find(|line| line.ends_with(';'));
        } else if let Some(module) = line.strip_prefix("mod ") {
            let module = module.trim_end_matches(';');
            if is_used(module) {
                let files = [format!("{module}.rs"), format!("{module}/mod.rs")];
                let file = files.iter().map(|file| folder.join(file)).find(|file| file.is_file());
                let file = file.unwrap_or_default().to_string_lossy().replace('\\', "/");
                out += &format!("#[path = \"{file}\"]\nmod {module};\n");
            }
        } else {
            out += line;
            out.push('\n');
        }
    }
    Ok(out)
}
