//! What the recipes of the justfile start, with a cargo that only says how it was called.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use workbook::Workbook;

/// The arguments that cargo gets from a command, given in another folder than that of the workbook.
/// `None` where there is no `just`.
fn arguments(command: &[&str]) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let own = Workbook::here().expect("the tests run inside the workbook");
    let justfile = folder.path().join("a workbook/justfile");
    let cargo = folder.path().join("bin/cargo");
    let elsewhere = folder.path().join("elsewhere");
    for parent in [&justfile, &cargo].map(|file| file.parent().expect("it is in a folder")) {
        fs::create_dir(parent).expect("it can be made");
    }
    fs::create_dir(&elsewhere).expect("it can be made");
    fs::copy(own.root().join("justfile"), &justfile).expect("it can be copied");
    fs::write(&cargo, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").expect("it can be written");
    fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).expect("it is ours");

    let path = std::env::var("PATH").unwrap_or_default();
    let bin = cargo.parent().map(Path::display).expect("it is in a folder");
    let said = Command::new("just")
        .arg("--justfile")
        .arg(&justfile)
        .args(command)
        .current_dir(elsewhere)
        .env("PATH", format!("{bin}:{path}"))
        .output()
        .inspect_err(|why| eprintln!("SKIPPED: just, which cannot be run: {why}"))
        .ok()?;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let root = justfile.parent().map(|it| it.display().to_string()).expect("it is in a folder");
    let said = String::from_utf8(said.stdout).expect("it is a text").replace(&root, "ROOT");
    Some(said.lines().map(str::to_owned).collect())
}

#[test]
fn an_argument_with_a_space_stays_one() {
    for (recipe, started) in [
        ("bench-tables", ""),
        ("check", "check"),
        ("grade", "class"),
        ("grade-merge", "merge"),
        ("gradescope-zip", "gradescope-zip"),
        ("listing", ""),
        ("live", "live"),
        ("mock", ""),
        ("play", ""),
        ("similar", "similar"),
    ] {
        let given = ["my class", "--out", "the grades of $HOME"];
        let Some(arguments) = arguments(&[&[recipe], &given[..]].concat()) else { return };
        let own = arguments.split(|it| it == "--").nth(1).expect("what cargo passes on");
        let expected = [started].into_iter().filter(|it| !it.is_empty()).chain(given);
        assert_eq!(own, expected.collect::<Vec<_>>(), "{recipe}");
    }
}

#[test]
fn check_needs_no_argument() {
    let Some(arguments) = arguments(&["check"]) else { return };
    assert!(arguments.ends_with(&["--".to_owned(), "check".to_owned()]), "{arguments:?}");
}

#[test]
fn a_class_is_graded_from_any_folder() {
    for recipe in ["grade", "grade-merge", "similar"] {
        let Some(arguments) = arguments(&[recipe, "submissions"]) else { return };
        let expected = ["--manifest-path", "ROOT/Cargo.toml"];
        assert!(arguments.windows(2).any(|two| two == expected), "{recipe}: {arguments:?}");
    }
}
