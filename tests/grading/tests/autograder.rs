//! The autograder for Gradescope, in a folder that is laid out as Gradescope does it.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use grading::autograder::pack;
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempDir};
use workbook::Workbook;
use zip::ZipArchive;

/// What Gradescope has under `/autograder`.
struct Autograder {
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Autograder {
    /// With all that is in the zip, in the same place each time: so cargo finds what it has built.
    fn unpacked() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gradescope");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let autograder = Self { folder, _temporary: None };
        for (name, (mode, content)) in packed() {
            write(&autograder.path("source").join(name), &content, mode);
        }
        autograder.laid_out()
    }

    /// With the scripts alone, and no grader.
    fn without_grader() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = temporary.path().to_owned();
        let autograder = Self { folder, _temporary: Some(temporary) };
        let script = workbook().root().join("tests/grading/autograder/run_autograder");
        let script = fs::read(script).expect("readable");
        write(&autograder.path("source/run_autograder"), &script, 0o755);
        write(&autograder.path("source/arguments"), b"--exercise\nexercise-4\n", 0o644);
        autograder.laid_out()
    }

    /// With a script in the place of the grader. In it, `$4` is the folder for the grades.
    fn with_grader(script: &str) -> Self {
        let autograder = Self::without_grader();
        autograder.replace_grader(&autograder.path("source/workbook/target"), script);
        autograder
    }

    /// With what Gradescope adds.
    fn laid_out(self) -> Self {
        for folder in ["submission", "results", "source/workbook"] {
            fs::create_dir_all(self.path(folder)).expect("a folder");
        }
        fs::copy(self.path("source/run_autograder"), self.path("run_autograder"))
            .expect("it is there");
        self
    }

    fn replace_grader(&self, target: &Path, script: &str) {
        let text = format!("#!/bin/sh\n{script}\n");
        let grader = target.join("debug/grade");
        // Cargo's own is a link to a file that it keeps: writing to that would break all later builds.
        let _ = fs::remove_file(&grader);
        write(&grader, text.as_bytes(), 0o755);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(self.path(script));
        command.current_dir(&self.folder).env("AUTOGRADER", &self.folder);
        command.env("TMPDIR", &self.folder).env_remove("CARGO_TARGET_DIR");
        command
    }

    /// What Gradescope reads after `run_autograder`.
    fn results(&self, command: &mut Command) -> Value {
        let output = command.output().expect("it can be run");
        let printed = String::from_utf8_lossy(&output.stderr);
        let results = fs::read(self.path("results/results.json"));
        let results = results.unwrap_or_else(|error| panic!("{error}: {printed}"));
        serde_json::from_slice(&results).unwrap_or_else(|error| panic!("{error}: {printed}"))
    }
}

/// What is in the zip: modes and contents, by path.
fn packed() -> BTreeMap<String, (u32, Vec<u8>)> {
    let zip = NamedTempFile::new().expect("a file");
    let arguments = ["--exercise", "exercise-4"].map(str::to_owned);
    pack(&workbook(), &arguments, zip.path()).expect("it can be packed");
    let mut zip = ZipArchive::new(File::open(zip.path()).expect("it is there")).expect("a zip");
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("readable");
        let name = file.name().expect("UTF-8").into_owned();
        files.insert(name, (file.unix_mode().expect("a mode") & 0o777, content));
    }
    files
}

fn workbook() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

fn write(path: &Path, content: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
    fs::write(path, content).expect("it can be written");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

/// Whether there is no score in the results, and the learner is told why.
fn says_that_the_grader_failed(results: &Value) -> bool {
    let no_score = results.get("score").is_none();
    let tests = results["tests"].as_array().expect("tests");
    let says = results["output"].as_str().is_some_and(|text| text.contains("not your fault"));
    no_score && tests.iter().all(|test| test.get("score").is_none()) && says
}

#[test]
fn the_zip_has_two_scripts_and_what_they_need() {
    let files = packed();
    assert_eq!((files["setup.sh"].0, files["run_autograder"].0), (0o755, 0o755));
    assert_eq!(files["arguments"].1, b"--exercise\nexercise-4\n");
    let root = workbook().root().to_owned();
    for exercise in workbook().exercises() {
        let file = |folder| format!("{folder}/{}/src/{}.rs", exercise.folder(), exercise.name);
        let packed = |name: String| &files[&format!("workbook/{name}")].1;
        assert_eq!(*packed(file("exercises")), fs::read(exercise.stub()).expect("readable"));
        let solution = root.join(file("solutions"));
        assert_eq!(*packed(file("solutions")), fs::read(solution).expect("readable"));
        assert!(files.contains_key(&format!("workbook/tests/{}/exercise.toml", exercise.folder())));
    }
    let other = |name: &&String| {
        ["/designs/", "/bugs/", "/target/", "/."].iter().any(|part| name.contains(part))
    };
    assert_eq!(files.keys().find(other), None);
}

#[test]
fn the_graders_results_are_gradescopes() {
    let autograder = Autograder::with_grader(
        r#"mkdir -p "$4/gradescope"; echo "{\"score\": 85, \"output\": \"$* $(ls "$2"/*)\"}" \
            >"$4/gradescope/submission.json"; exit 1"#,
    );
    write(&autograder.path("submission/semaphore.rs"), b"an answer", 0o644);
    let results = autograder.results(&mut autograder.command("run_autograder"));
    assert_eq!(results["score"], 85);
    let called = results["output"].as_str().expect("an output");
    assert!(called.starts_with("class "), "{called}");
    assert!(called.ends_with("--exercise exercise-4 semaphore.rs"), "{called}");
}

#[test]
fn a_grader_that_fails_gives_no_score() {
    let failures = [
        ("panics", "exit 101"),
        ("is killed", "kill -9 $$"),
        ("writes nothing", "exit 0"),
        (
            "writes its results, and then fails",
            r#"mkdir -p "$4/gradescope"; echo '{"score": 0}' >"$4/gradescope/submission.json"; exit 2"#,
        ),
        (
            "takes the script with it",
            "read _ _ _ script _ </proc/$PPID/stat; kill -9 $script $PPID",
        ),
    ];
    for (what, script) in failures {
        let autograder = Autograder::with_grader(script);
        let results = autograder.results(&mut autograder.command("run_autograder"));
        assert!(says_that_the_grader_failed(&results), "{what}: {results}");
        // For the readers of other programs: see `tests/grading/readers`.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports/gradescope");
        write(&folder.join("failed.json"), results.to_string().as_bytes(), 0o644);
    }
}

#[test]
fn no_grader_at_all_gives_no_score() {
    let autograder = Autograder::without_grader();
    let results = autograder.results(&mut autograder.command("run_autograder"));
    assert!(says_that_the_grader_failed(&results), "{results}");
}

#[test]
fn a_grader_that_never_ends_is_ended_before_gradescope_gives_a_zero() {
    let autograder = Autograder::with_grader("trap '' TERM; while :; do sleep 1; done");
    let mut command = autograder.command("run_autograder");
    let results = autograder.results(command.env("TIMEOUT_SECONDS", "2"));
    assert!(says_that_the_grader_failed(&results), "{results}");
}

#[test]
fn the_results_of_an_earlier_run_are_not_taken_for_those_of_this_one() {
    let autograder = Autograder::with_grader("exit 101");
    let earlier = json!({ "score": 100 }).to_string();
    write(&autograder.path("results/results.json"), earlier.as_bytes(), 0o644);
    let results = autograder.results(&mut autograder.command("run_autograder"));
    assert!(says_that_the_grader_failed(&results), "{results}");
}

/// All of it: pack, set up, a right answer, a wrong one, none, and then the grader breaks.
#[test]
#[ignore = "builds the workbook anew"]
fn a_whole_autograder_grades() {
    if Command::new("bwrap").arg("--version").output().is_err() {
        println!("SKIPPED: there is no bubblewrap, which setup.sh would install");
        return;
    }
    let autograder = Autograder::unpacked();
    // It is kept for the next run. In the workspace's own target folder, cargo would take builds of
    // the copy for builds of the workspace later: their packages have the same names.
    let target = &Path::new(env!("CARGO_TARGET_TMPDIR")).join("autograder");
    let command = |script: &str| {
        let mut command = autograder.command(script);
        // What setup.sh would install is here.
        for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if std::env::var_os(variable).is_none() {
                let home = std::env::home_dir().expect("there is a home");
                command.env(variable, home.join(folder));
            }
        }
        command.env("CARGO_TARGET_DIR", target);
        command
    };
    assert!(command("source/setup.sh").status().expect("it can be run").success());

    let root = workbook().root().to_owned();
    let answer = autograder.path("submission/semaphore.rs");
    let grade = || autograder.results(&mut command("run_autograder"));
    let missing = grade();
    assert_eq!(missing["score"], 0, "{missing}");

    fs::copy(root.join("solutions/4-semaphore/src/semaphore.rs"), &answer).expect("copied");
    let right = grade();
    assert_eq!(right["score"], 100, "{}", right["output"]);

    fs::write(&answer, "pub struct Semaphore").expect("written");
    let broken = grade();
    assert_eq!(broken["score"], 0, "{}", broken["output"]);
    assert!(broken["output"].as_str().is_some_and(|text| text.contains("error")), "{broken}");

    autograder.replace_grader(target, "exit 101");
    assert!(says_that_the_grader_failed(&grade()));
    fs::remove_file(target.join("debug/grade")).expect("it is ours");
}
