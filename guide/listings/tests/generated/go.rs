//! The Go programs of the guide, in `guide/go/`. They are not run with the others, since few have
//! Go: `just guide-go` runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;

use super::{expect, guide, run};

/// A program whose first line is this is run with the race detector.
const RACE: &str = "// go run -race";

/// What differs from run to run or from machine to machine in the report of a race.
const NOISE: &[(&str, &str)] = &[
    (r"0x00[0-9a-f]+", "0x00c0…"),
    (r" \+0x[0-9a-f]+", ""),
    (r"(goroutine|Goroutine) \d+", "$1 N"),
    (r"/\S*/src/runtime/(\S+):\d+", "runtime/$1"),
    (r"/\S*/guide/go/\w+/", ""),
];

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for chapter in entries(&guide().join("go")).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&chapter) {
            let (folder, name) = (format!("go/{}", stem(&chapter)), stem(&file));
            let trial = format!("{folder}/{name}");
            let test = move || {
                let mut settings = insta::Settings::new();
                NOISE.iter().for_each(|(noise, instead)| settings.add_filter(noise, *instead));
                settings.bind(|| expect(&folder, &name, &output(&file)))
            };
            trials.push(Trial::test(trial, test).with_ignored_flag(true));
        }
    }
    trials
}

fn output(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("the program can be read");
    let mut command = Command::new("go");
    command.current_dir(guide().join("go")).arg("run");
    if text.starts_with(RACE) {
        command.arg("-race");
    }
    without_stacks(&run(command.arg(file)))
}

/// Without the stack of each goroutine after a panic or a deadlock: addresses and folders.
fn without_stacks(output: &str) -> String {
    let paragraphs = output.split_inclusive("\n\n").map(|paragraph| {
        let stack = paragraph.starts_with("goroutine ") && paragraph.contains("\n\t");
        // How the program ended follows the last stack without a blank line.
        match (stack, paragraph.find("exit status ")) {
            (true, Some(end)) => &paragraph[end..],
            (true, None) => "",
            (false, _) => paragraph,
        }
    });
    let text: String = paragraphs.collect();
    // `go run` itself ends with 1 if the program has ended with another code.
    match text.strip_suffix("(ends with exit code 1)\n") {
        Some(text) if text.contains("exit status ") => text.to_owned(),
        _ => text,
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("it has a name").to_string_lossy().into_owned()
}
