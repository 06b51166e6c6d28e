//! What the guide shows of its programs: outputs, compiler errors and schedules. Each is a snapshot
//! under `guide/src/generated/`, which the pages include from its fourth line on.
//!
//! `just guide-update` writes them anew. A snapshot that no program has written fails, too.

mod go;
mod levels;
mod rejected;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for name in listed(&[]) {
        let (chapter, listing) = name.split_once('/').expect("a chapter and a name");
        let (folder, file) = (format!("output/{chapter}"), listing.to_owned());
        trials.push(Trial::test(format!("output/{name}"), move || {
            expect(&folder, &file, &run(Command::new(PROGRAM).arg(&name)))
        }));
    }
    for model in listed(&["models"]) {
        trials.push(Trial::test(format!("schedules/{model}"), move || {
            expect("schedules", &model, &run(Command::new(PROGRAM).args(["schedule", &model])))
        }));
    }
    for model in listed(&["runnable"]) {
        trials.push(Trial::test(format!("runs/{model}"), move || it_can_be_run(&model)));
    }
    trials.extend(rejected::trials());
    trials.extend(go::trials());
    trials.extend(levels::trials());
    let known: BTreeSet<String> = trials.iter().map(|trial| trial.name().to_owned()).collect();
    trials.push(Trial::test("no_snapshot_is_stray", move || no_snapshot_is_stray(&known)));
    libtest_mimic::run(&arguments, trials).exit();
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_listings");

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in the guide").to_owned()
}

fn listed(arguments: &[&str]) -> Vec<String> {
    run(Command::new(PROGRAM).args(arguments)).lines().map(str::to_owned).collect()
}

/// How many of the runs fail depends on luck, so that is not compared.
fn it_can_be_run(model: &str) -> Result<(), Failed> {
    let output = run(Command::new(PROGRAM).args(["run", model, "100"]));
    match output.strip_suffix(" of 100 runs fail\n").map(str::parse::<usize>) {
        Some(Ok(_)) => Ok(()),
        _ => Err(output.into()),
    }
}

/// Compares a text with its snapshot, or writes that if insta is told to, and says so.
fn expect(folder: &str, name: &str, text: &str) -> Result<(), Failed> {
    let path = guide().join("src/generated").join(folder);
    let snapshot = || fs::read(path.join(name).with_added_extension("snap")).ok();
    let before = snapshot();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&path);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // insta has printed the difference when it panics.
    let compare = || settings.bind(|| insta::assert_snapshot!(name, text));
    let compared = catch_unwind(AssertUnwindSafe(compare));
    if snapshot() != before {
        println!("written: guide/src/generated/{folder}/{name}.snap");
    }
    compared.map_err(|_| {
        let command = match folder.starts_with("go/") {
            true => "just guide-go always",
            false => "just guide-update",
        };
        format!("the guide shows something else; if the new text is right: {command}").into()
    })
}

/// What a program prints, in the order in which it does. How it ended is added, if not well.
fn run(command: &mut Command) -> String {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    command.stdout(writer.try_clone().expect("the pipe has two ends")).stderr(writer);
    command.env_remove("RUST_BACKTRACE");
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // The command has the pipe's other end until then.
    *command = Command::new(PROGRAM);
    let mut output = String::new();
    std::io::Read::read_to_string(&mut reader, &mut output).expect("it prints UTF-8");
    let status = child.wait().expect("it was started");
    let mut output = without_noise(&output);
    if let Some(code) = status.code().filter(|code| *code != 0) {
        output.push_str(&format!("(ends with exit code {code})\n"));
    }
    output
}

/// Without what differs from run to run or from machine to machine: numbers of threads, folders.
fn without_noise(output: &str) -> String {
    let mut lines = Vec::new();
    for line in output.lines() {
        if line.starts_with("note: run with `RUST_BACKTRACE=1`") {
            continue;
        }
        let line = match (line.strip_prefix("thread "), line.find(" panicked at ")) {
            (Some(_), Some(at)) => {
                let name = line[..at].rsplit_once(" (").map_or(&line[..at], |(name, _)| name);
                format!("{name}{}", line[at..].replace("guide/listings/src/", ""))
            }
            _ => line.to_owned(),
        };
        lines.push(line);
    }
    let text = lines.join("\n");
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

fn no_snapshot_is_stray(known: &BTreeSet<String>) -> Result<(), Failed> {
    let generated = guide().join("src/generated");
    let mut stray = Vec::new();
    let mut folders = vec![generated.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.expect("the folder can be read").path()) {
            if path == generated.join("figures") {
                // `just guide-figures` writes these.
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "new") {
                // insta leaves it where a snapshot was stale.
            } else {
                let name = path.strip_prefix(&generated).expect("it is inside").with_extension("");
                let name = name.to_string_lossy().replace('\\', "/");
                if !known.contains(&name) {
                    stray.push(name);
                }
            }
        }
    }
    match stray.is_empty() {
        true => Ok(()),
        false => Err(format!("nothing writes these any more: {}", stray.join(", ")).into()),
    }
}
