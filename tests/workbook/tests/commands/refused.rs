//! An answer that uses what no answer may use. There is no cargo here, so whatever would compile
//! it ends in a fault.

use serde_json::Value;

use crate::sandbox::Sandbox;

const ANSWER: &str = "//! My semaphore.

use std::fs;
use std::sync::Arc;

pub fn record() -> String {
    let text = fs::read_to_string(\"/proc/self/mem\").unwrap_or_else(|error| panic!(\"the memory cannot be read: {error}\"));
    println!(\"{text}\");
    std::process::exit(0)
}
";

#[test]
fn it_is_not_compiled_and_each_line_is_explained() {
    let workbook = Sandbox::new();
    workbook.write(ANSWER);
    let output = workbook.run(&["check", "exercise-4"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(output.stdout);
}

#[test]
fn the_findings_are_in_the_json() {
    let workbook = Sandbox::new();
    workbook.write(ANSWER);
    let output = workbook.run(&["check", "exercise-4", "--format", "json"]);
    assert_eq!(output.code, Some(1));
    let verdict: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!((&verdict["status"], &verdict["points"]), (&"refused".into(), &0.into()));
    let not_run = |check: &Value| check["status"] == "not_run";
    assert!(verdict["checks"].as_array().expect("a list").iter().all(not_run));
    insta::assert_json_snapshot!(verdict["findings"]);
}

#[test]
fn the_other_commands_say_so_too() {
    let workbook = Sandbox::new();
    workbook.write(ANSWER);
    let hint = workbook.run(&["hint", "exercise-4"]);
    assert_eq!(hint.code, Some(1));
    let end = "hints are about failing checks: take these lines out first\n";
    assert!(hint.stdout.contains("    3 │ use std::fs;\n"), "{}", hint.stdout);
    assert!(hint.stdout.ends_with(end), "{}", hint.stdout);

    let compare = workbook.run(&["compare", "exercise-4"]);
    assert_eq!(compare.code, Some(1));
    let start = "exercise-4 does not pass yet: it uses what no answer may use.\n";
    assert!(compare.stdout.starts_with(start), "{}", compare.stdout);

    let list = workbook.run(&["list"]).stdout;
    let row = list.lines().find(|line| line.contains("exercise-4")).expect("it is listed");
    assert!(row.starts_with("✗ exercise-4") && row.contains("refused"), "{row}");
    assert!(list.ends_with("next: just check exercise-4\n"), "{list}");
}

#[test]
fn many_lines_are_not_all_shown() {
    let workbook = Sandbox::new();
    let modules = ["fs", "env", "net", "os", "path", "arch", "backtrace", "process"];
    let imports = modules.map(|module| format!("use std::{module};\n"));
    workbook.write(&format!("{}unsafe fn f() {{}}\nmod a;\n", imports.concat()));
    let output = workbook.run(&["check", "exercise-4"]);
    assert!(output.stdout.contains("    8 │ use std::process;\n"), "{}", output.stdout);
    assert!(!output.stdout.contains("    9 │"), "{}", output.stdout);
    assert!(output.stdout.contains("and 2 more lines like these\n"), "{}", output.stdout);
}

#[test]
fn what_a_person_should_look_at_is_no_reason_to_refuse() {
    let workbook = Sandbox::new();
    workbook.write("fn size() -> usize { size_of::<u8>() }");
    // So it is compiled, as far as that goes here.
    let output = workbook.run(&["check", "exercise-4"]);
    assert_eq!(output.code, Some(2), "{}", output.stdout);
}
