//! `grade` on a made class: every grade is as planned, whatever happens in between.

mod made;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use grading::gradebook::{Grade, Gradebook, Status};
use made::Planned;
use tempfile::TempDir;
use workbook::Workbook;
use workbook::verdict::CheckStatus;

/// A class that has handed in, in a folder that is removed in the end.
struct Made {
    folder: TempDir,
    planned: Vec<Planned>,
    mark: String,
}

impl Made {
    fn new(size: usize, mark: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let submissions = folder.path().join("submissions");
        fs::create_dir(&submissions).expect("a folder");
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        let planned = made::class(&workbook, &submissions, size, mark).expect("it can be made");
        Self { folder, planned, mark: mark.to_owned() }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, out: &str, arguments: &[&str]) -> Command {
        let mut grade = Command::new(env!("CARGO_BIN_EXE_grade"));
        grade.arg("class").arg(self.folder.path().join("submissions"));
        grade.args(["--exercise", "exercise-4", "--out"]).arg(self.out(out)).args(arguments);
        grade.stdout(Stdio::null()).stderr(Stdio::inherit());
        grade
    }

    /// Grades the class to the end.
    fn grade(&self, out: &str, arguments: &[&str]) -> Gradebook {
        let status = self.command(out, arguments).status().expect("it can be started");
        assert!(matches!(status.code(), Some(0 | 1)), "{status}");
        Gradebook::read(&self.out(out)).expect("there is a gradebook")
    }

    fn is_as_planned(&self, gradebook: &Gradebook) {
        let mut wrong = Vec::new();
        for planned in &self.planned {
            let grade = grade_of(gradebook, planned);
            if let Some(seen) = other_than_planned(gradebook, planned, grade) {
                wrong.push(format!("{}: {}: {seen}", planned.name, planned.what));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

fn grade_of<'a>(gradebook: &'a Gradebook, planned: &Planned) -> &'a Grade {
    let mut learners = gradebook.learners.iter();
    let learner = learners.find(|learner| learner.id.starts_with(&planned.name));
    &learner.unwrap_or_else(|| panic!("{} is not in the gradebook", planned.name)).grades[0]
}

/// What is seen instead of what was planned.
fn other_than_planned(gradebook: &Gradebook, planned: &Planned, grade: &Grade) -> Option<String> {
    let verdict = gradebook.verdict(grade).expect("the verdict can be read");
    if grade.status != planned.status {
        let message = verdict.and_then(|verdict| verdict.message).unwrap_or_default();
        return Some(format!(
            "expected {}, seen {} {:?} {message}",
            planned.status.in_words(),
            grade.status.in_words(),
            grade.notes
        ));
    }
    let checks = verdict.map(|verdict| verdict.checks).unwrap_or_default();
    let passed = |name: &&String| {
        let mut checks = checks.iter();
        checks.any(|check| check.name == **name && check.status == CheckStatus::Passed)
    };
    planned.caught_by.iter().find(passed).map(|name| format!("{name} passed"))
}

#[test]
fn every_grade_of_a_small_class_is_as_planned() {
    let made = Made::new(20, "a small class");
    let gradebook = made.grade("grades", &[]);
    made.is_as_planned(&gradebook);
}

#[test]
fn two_shards_make_the_gradebook_of_one_run() {
    let made = Made::new(8, "two shards");
    made.grade("whole", &[]);
    made.grade("one", &["--shard", "1/2"]);
    made.grade("two", &["--shard", "2/2"]);
    let mut merge = Command::new(env!("CARGO_BIN_EXE_grade"));
    merge.arg("merge").args(["one", "two"].map(|part| made.out(part)));
    merge.arg("--out").arg(made.out("merged")).stdout(Stdio::null());
    assert!(merge.status().expect("it can be started").success());
    let read = |out: &str| fs::read_to_string(made.out(out).join(Gradebook::FILE)).expect("there");
    assert_eq!(read("whole"), read("merged"));
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let made = Made::new(8, &new_mark());
    for verdicts in [1, 3] {
        let mut run = made.command("killed", &[]).spawn().expect("it can be started");
        until(&mut run, || verdicts_in(&made.out("killed")).len() >= verdicts);
        kill(run);
        let before = verdicts_in(&made.out("killed"));
        let mut run = made.command("killed", &[]).spawn().expect("it can be started");
        until(&mut run, || verdicts_in(&made.out("killed")).len() > before.len());
        kill(run);
        is_kept(&before, &made.out("killed"));
    }
    let before = verdicts_in(&made.out("killed"));
    let gradebook = made.grade("killed", &[]);
    is_kept(&before, &made.out("killed"));
    made.is_as_planned(&gradebook);
}

/// The figures of the workbook's README for instructors. Takes minutes.
#[test]
#[ignore = "takes minutes: the figures for a class of 200"]
fn a_class_of_two_hundred() {
    let made = Made::new(200, &new_mark());
    // What every class shares is compiled before.
    Made::new(1, "warm").grade("grades", &[]);
    let start = Instant::now();
    let gradebook = made.grade("grades", &[]);
    let took = start.elapsed();
    let judged = gradebook.learners.iter().filter(|learner| learner.grades[0].verdict.is_some());
    let judged = judged.count();
    println!("{judged} answers in {took:.0?}: {:.1} a minute", per_minute(judged, took));
    made.is_as_planned(&gradebook);
}

/// 20 times, a run is killed at a moment that chance chooses.
#[test]
#[ignore = "takes minutes: kills at random moments"]
fn twenty_kills_at_random_moments() {
    let size = 24;
    let whole = Made::new(size, &new_mark());
    let start = Instant::now();
    let expected = comparable(&whole, &whole.grade("grades", &[]));
    let longest = start.elapsed() / 4;

    let made = Made::new(size, &new_mark());
    for kill_number in 1..=20 {
        let mut run = made.command("grades", &[]).spawn().expect("it can be started");
        thread::sleep(longest.mul_f64(fastrand::f64()));
        let ended = run.try_wait().expect("it was started").is_some();
        kill(run);
        let before = verdicts_in(&made.out("grades"));
        println!("kill {kill_number}: {} verdicts, run ended before: {ended}", before.len());
        is_kept(&before, &made.out("grades"));
    }
    let before = verdicts_in(&made.out("grades"));
    let gradebook = made.grade("grades", &[]);
    is_kept(&before, &made.out("grades"));
    assert_eq!(comparable(&made, &gradebook), expected);
    made.is_as_planned(&gradebook);
}

fn per_minute(count: usize, took: Duration) -> f64 {
    count as f64 * 60.0 / took.as_secs_f64()
}

/// A mark that no class has had before.
fn new_mark() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    format!("{:020}", now.as_nanos())
}

/// Waits until something has happened, or the run has ended.
fn until(run: &mut Child, happened: impl Fn() -> bool) {
    while !happened() && run.try_wait().expect("it was started").is_none() {
        thread::yield_now();
    }
}

fn kill(mut run: Child) {
    // It may have ended by itself.
    let _ = run.kill();
    run.wait().expect("it was started");
}

/// The verdicts in a folder of grades, by file name.
fn verdicts_in(out: &Path) -> BTreeMap<String, String> {
    let mut verdicts = BTreeMap::new();
    for entry in fs::read_dir(out.join("verdicts")).into_iter().flatten() {
        let path = entry.expect("the folder can be read").path();
        // Others are being written.
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            verdicts.insert(name, fs::read_to_string(path).expect("it was written as a whole"));
        }
    }
    verdicts
}

/// No verdict was made a second time: each says how long it took.
fn is_kept(before: &BTreeMap<String, String>, out: &Path) {
    let after = verdicts_in(out);
    for (name, verdict) in before {
        assert!(after.get(name) == Some(verdict), "{name} was judged a second time");
    }
}

/// A gradebook and its verdicts without times, and without what depends on the mark of the class.
fn comparable(made: &Made, gradebook: &Gradebook) -> Vec<String> {
    let mut lines = Vec::new();
    for learner in &gradebook.learners {
        let mut grade = learner.grades[0].clone();
        let verdict = gradebook.verdict(&grade).expect("the verdict can be read");
        if let Some(answer) = &mut grade.answer {
            answer.sha256.clear();
            answer.handed_in = None;
            answer.copy = None;
        }
        grade.verdict = None;
        let verdict =
            verdict.map(|verdict| workbook::verdict::Verdict { duration_ms: 0, ..verdict });
        let line = serde_json::to_string(&(&learner.id, grade, verdict)).expect("plain data");
        lines.push(line.replace(&made.mark, "MARK"));
    }
    lines
}

/// Statuses without a grade are named in the summary, so the exit code is 1.
#[test]
fn the_exit_code_says_whether_everybody_has_a_grade() {
    let made = Made::new(1, "a small class");
    assert_eq!(made.planned[0].status, Status::Passed);
    let code = made.command("grades", &[]).status().expect("it can be started").code();
    assert_eq!(code, Some(0));
}
