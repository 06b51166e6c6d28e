//! A class with one learner for each thing that can come of an answer, some of them hostile.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use grading::gradebook::{self, Answer, Grade, Gradebook, Isolation, Learner, Status};
use grading::out::Out;
use scan::{Finding, Weight};
use schedule::{Cause, Event, Found, Operation, Schedule, Source, Step, Story};
use tempfile::TempDir;
use workbook::Workbook;
use workbook::exercise::Exercise;
use workbook::verdict::{self, CheckResult, CheckStatus, Verdict};

/// What an answer prints, panics with or is written in, to get out of wherever it is shown.
pub const HOSTILE: &str = "`````\n# owned\n</pre><script>alert(1)</script>\n[free points]\
    (https://evil.example)\n![](https://evil.example/pixel.png) <https://evil.example> \
    \u{1b}[31mred\u{1b}[0m \u{1b}]8;;https://evil.example\u{7}link \0 \u{8} \u{202e}desrever\u{202c} \
    \u{fffe} ]]> &amp; &lt; \r\n~~~\n| a | b |\n|---|---|\n";
/// A name that is a formula, a tag and a fence.
pub const HOSTILE_NAME: &str = "=HYPERLINK(\"https://evil.example\",\"x\")`<img src=x onerror=alert(1)>\
    [a](https://evil.example)\u{202e}\n| b |";

/// A class that was graded, in a folder of its own.
pub struct Made {
    pub gradebook: Gradebook,
    pub out: Out,
    pub exercises: Vec<Arc<Exercise>>,
    _folder: TempDir,
}

/// Exercises 2 and 4, and a learner for each status.
pub fn class() -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let out = Out::open(&folder.path().join("grades")).expect("it is new");
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let find = |name| workbook.find(name).expect("it is there").exercise;
    let exercises = vec![find("exercise-2"), find("exercise-4")];
    let mut class = Class { out: &out, exercises: &exercises };

    let learners = vec![
        class.learner("ada", Some("Ada Lovelace"), [passed, passed]),
        class.learner("bob", Some("Bob"), [passed, failed]),
        class.learner("carol", None, [not_started, does_not_compile]),
        class.learner("dora", Some("Dora José 李"), [inconclusive, hangs]),
        class.learner("erin", None, [passed, missing]),
        class.learner("frank", None, [passed, unreadable]),
        class.learner("grace", None, [passed, refused]),
        class.learner("heidi", None, [passed, grader_error]),
        class.learner("-2+3\t@\u{1b}[1m", Some(HOSTILE_NAME), [hostile, hostile]),
    ];
    let gradebook = Gradebook {
        folder: out.folder().to_owned(),
        isolation: Isolation::Bubblewrap,
        shard: None,
        notes: Vec::new(),
        deadline: Some("2026-03-01T22:59:59Z".parse().expect("a time")),
        exercises: exercises.iter().map(|exercise| gradebook::Exercise::of(exercise)).collect(),
        learners,
    };
    Made { gradebook, out, exercises, _folder: folder }
}

/// Makes a grade, and the verdict that it comes from.
type Make = fn(&Exercise) -> (Grade, Option<Verdict>);

struct Class<'a> {
    out: &'a Out,
    exercises: &'a [Arc<Exercise>],
}

impl Class<'_> {
    fn learner(&mut self, id: &str, name: Option<&str>, makes: [Make; 2]) -> Learner {
        let made = self.exercises.iter().zip(makes).map(|(exercise, make)| {
            let (mut grade, verdict) = make(exercise);
            if let Some(verdict) = verdict {
                let place = id.bytes().map(|byte| format!("{byte:x}")).collect::<String>();
                let path = format!("verdicts/{place}-{}.json", exercise.number);
                self.out.write_json(&path, &verdict).expect("it can be written");
                grade.verdict = Some(path);
            }
            grade
        });
        Learner {
            id: id.to_owned(),
            name: name.map(str::to_owned),
            email: name.map(|_| format!("{id}@school.example")),
            notes: if name == Some(HOSTILE_NAME) { vec![HOSTILE.to_owned()] } else { Vec::new() },
            grades: made.collect(),
        }
    }
}

fn grade(exercise: &Exercise, status: Status, points: Option<u32>) -> Grade {
    let answer = Answer {
        found: format!("somebody/{}.rs", exercise.name),
        sha256: "0".repeat(64),
        handed_in: Some("2026-02-28T10:00:00Z".parse().expect("a time")),
        copy: None,
    };
    Grade {
        exercise: format!("exercise-{}", exercise.number),
        status,
        points,
        answer: Some(answer),
        late: false,
        review: Vec::new(),
        notes: Vec::new(),
        verdict: None,
    }
}

/// All checks pass, but for those that this changes.
fn checks(exercise: &Exercise, change: impl Fn(usize, &mut CheckResult)) -> Verdict {
    let checks = exercise.checks.iter().enumerate().map(|(at, check)| {
        let mut result = CheckResult::not_run(exercise, check);
        result.status = CheckStatus::Passed;
        change(at, &mut result);
        result.points = if result.status == CheckStatus::Passed { check.points } else { 0 };
        result
    });
    let package = format!("exercise-{}", exercise.number);
    Verdict::of(&package, checks.collect(), Duration::from_millis(1_250))
}

fn judged(exercise: &Exercise, status: Status, verdict: Verdict) -> (Grade, Option<Verdict>) {
    let points = status.is_graded().then_some(verdict.points);
    (grade(exercise, status, points), Some(verdict))
}

fn without_checks(
    exercise: &Exercise,
    status: Status,
    word: verdict::Status,
    message: &str,
) -> (Grade, Option<Verdict>) {
    let package = format!("exercise-{}", exercise.number);
    let took = Duration::from_millis(300);
    let message = Some(message.to_owned());
    judged(exercise, status, Verdict::without_checks(&package, word, message, exercise, took))
}

fn passed(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    judged(exercise, Status::Passed, checks(exercise, |_, _| ()))
}

fn failed(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let verdict = checks(exercise, |at, check| match at {
        3 => {
            check.status = CheckStatus::Failed;
            check.message = Some("expected 1 permit, saw 0".to_owned());
        }
        5 => {
            check.status = CheckStatus::Failed;
            check.cause = Some(Cause::WaitsForever);
            check.message =
                Some("a task waits forever: nothing is left that could wake it".to_owned());
            check.schedule = Some(schedule("let mut permits = self.permits.lock().unwrap();"));
        }
        7 => {
            check.status = CheckStatus::Failed;
            check.message = Some("the permit that was dropped did not come back".to_owned());
            check.story = Some(story("drop the permit"));
        }
        _ => {}
    });
    let (mut grade, verdict) = judged(exercise, Status::Failed, verdict);
    grade.late = true;
    let late = "2026-03-02T08:15:00Z".parse().expect("a time");
    grade.answer.as_mut().expect("it was handed in").handed_in = Some(late);
    grade.review = vec![finding(12, "uses `std::thread`", Weight::Review)];
    grade.notes = vec!["attempt 2 of 2: the last".to_owned()];
    (grade, verdict)
}

fn finding(line: usize, reason: &str, weight: Weight) -> Finding {
    Finding { line, code: HOSTILE.to_owned(), reason: reason.to_owned(), weight }
}

fn hangs(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let verdict = checks(exercise, |at, check| match at {
        0..3 => {
            check.status = CheckStatus::Timeout;
            check.cause = Some(Cause::Stuck);
            check.message = Some("every thread is blocked".to_owned());
        }
        3..20 => {
            check.status = CheckStatus::NotRun;
            check.message = Some("not run, since too many before hang".to_owned());
        }
        _ => {}
    });
    judged(exercise, Status::Failed, verdict)
}

fn inconclusive(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let verdict = checks(exercise, |at, check| {
        if at == 2 {
            check.status = CheckStatus::Inconclusive;
            check.message = Some("the search reached its limit".to_owned());
        }
    });
    judged(exercise, Status::Inconclusive, verdict)
}

fn does_not_compile(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let message = format!("\u{1b}[31merror[E0308]\u{1b}[0m: mismatched types\n{HOSTILE}");
    without_checks(exercise, Status::DoesNotCompile, verdict::Status::DoesNotCompile, &message)
}

fn not_started(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let status = verdict::Status::NotStarted;
    without_checks(exercise, Status::NotStarted, status, "it is still the stub")
}

fn grader_error(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let status = verdict::Status::GraderError;
    without_checks(exercise, Status::GraderError, status, "/srv/grading: no space left on device")
}

fn missing(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    (Grade { answer: None, ..grade(exercise, Status::Missing, Some(0)) }, None)
}

fn unreadable(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let notes = vec!["frank/semaphore.rs: it is a symlink".to_owned()];
    (Grade { answer: None, notes, ..grade(exercise, Status::Unreadable, None) }, None)
}

fn refused(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let review = vec![finding(3, &format!("`std::fs`: {HOSTILE}"), Weight::Refused)];
    (Grade { review, ..grade(exercise, Status::Refused, None) }, None)
}

/// Wherever an answer can put a text.
fn hostile(exercise: &Exercise) -> (Grade, Option<Verdict>) {
    let verdict = checks(exercise, |at, check| {
        check.status = if at % 2 == 0 { CheckStatus::Failed } else { CheckStatus::Inconclusive };
        check.message = Some(format!("{at}: {HOSTILE}"));
        check.printed = HOSTILE.repeat(20);
        match at {
            0 => check.schedule = Some(schedule(HOSTILE)),
            1 => check.compiler_error = Some(HOSTILE.to_owned()),
            2 => check.story = Some(story(HOSTILE)),
            _ => {}
        }
    });
    let (mut grade, verdict) = judged(exercise, Status::Failed, verdict);
    grade.notes = vec![HOSTILE.to_owned()];
    (grade, verdict)
}

fn schedule(line: &str) -> Schedule {
    let step = |thread, operation, line| Step {
        object: Some("permits".to_owned()),
        line,
        ..Step::new(thread, operation)
    };
    Schedule {
        scenario: "one permit, two tasks".to_owned(),
        threads: vec!["main".to_owned(), line.lines().next().unwrap_or_default().to_owned()],
        steps: vec![
            step(0, Operation::Lock, Some(6)),
            step(0, Operation::Unlock, None),
            step(1, Operation::Lock, Some(6)),
        ],
        outcome: "all of them wait".to_owned(),
        notes: Vec::new(),
        found: Found::Counted { interleaving: 2, preemptions: 1 },
        source: Source {
            file: "src/semaphore.rs".to_owned(),
            lines: [(6, line.to_owned())].into(),
        },
    }
}

fn story(done: &str) -> Story {
    let event = Event { done: done.to_owned(), seen: vec!["nothing".to_owned()] };
    Story { setting: "1 permit".to_owned(), events: vec![event], seed: 7 }
}

/// Where the tests of other programs find the reports.
pub fn for_other_readers() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reports")
}

/// Every check of an exercise fails, each for its own reason.
pub fn all_fail(exercise: &Exercise) -> Verdict {
    checks(exercise, |at, check| {
        check.status = CheckStatus::Failed;
        check.message = Some(format!("reason {at}"));
    })
}
