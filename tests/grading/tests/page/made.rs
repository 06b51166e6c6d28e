//! Gradebooks for the tests of reports, with verdicts that the checks have given on wrong answers.
//!
//! To make such a verdict anew: `just bug` shows the answer, and with that in its place,
//! `just check exercise-4 --format json` prints the verdict.

use std::fs;
use std::io::Cursor;

use grading::gradebook::{Answer, Exercise, Grade, Gradebook, Isolation, Learner, Status};
use grading::report::html;
use scan::{Finding, Weight};
use serde_json::Value;
use tempfile::TempDir;
use workbook::exercise::Check;
use workbook::verdict::{self, CheckResult, CheckStatus, Verdict};

/// The exercises, and a verdict on a wrong answer to each.
const EXERCISES: [(&str, &str); 4] = [
    ("retry", include_str!("verdicts/let-finish.json")),
    ("worker pool", include_str!("verdicts/not-awaited.json")),
    ("parallel handler", include_str!("verdicts/two-permits.json")),
    ("semaphore", include_str!("verdicts/starts-over.json")),
];
/// The place of exercise 4.
pub const SEMAPHORE: usize = 3;
/// A verdict on an answer to exercise 4 that blocks its thread: most checks are not run.
pub const BLOCKS: &str = include_str!("verdicts/blocks.json");
/// A verdict on an answer to exercise 4 that rustc does not accept.
pub const DOES_NOT_COMPILE: &str = include_str!("verdicts/does-not-compile.json");

/// A text that would do harm in a page that took it for more than text, and that nobody would see.
pub const HOSTILE: &str = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>\
                           </script></style></textarea>'\" onclick='window.hacked=1' -->\
                           <!--{{x}}]]>&lt;\u{202e}\u{2028}\u{0}\x1b]0;x\x07\x1b[31m";

/// A gradebook in a folder of its own.
pub struct MadeClass {
    folder: TempDir,
    pub gradebook: Gradebook,
}

impl MadeClass {
    /// All four exercises, and nobody yet.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let exercises = (1..).zip(EXERCISES).map(|(number, (title, verdict))| Exercise {
            exercise: format!("exercise-{number}"),
            title: title.to_owned(),
            max_points: 100,
            checks: parsed(verdict).checks.iter().map(described).collect(),
            sections: [("semaphore#meetings".to_owned(), "When two events meet".to_owned())].into(),
        });
        let gradebook = Gradebook {
            folder: folder.path().to_owned(),
            isolation: Isolation::Bubblewrap,
            shard: None,
            deadline: Some("2026-03-01T22:59:00Z".parse().expect("a time")),
            exercises: exercises.collect(),
            notes: Vec::new(),
            learners: Vec::new(),
        };
        Self { folder, gradebook }
    }

    /// One learner for each status, one whose answers fail, and one whose every text is hostile.
    pub fn of_every_kind() -> Self {
        let mut class = Self::empty();
        let mut failed = class.gradebook.exercises.iter().map(|it| it.exercise.clone());
        let failed = EXERCISES.map(|(_, verdict)| (failed.next().expect("four"), verdict));
        let failed = failed.map(|(exercise, verdict)| class.judged(&exercise, parsed(verdict)));
        class.learner("s100", "Ada Lovelace", failed.into());

        let passed = class.each(|class, exercise| {
            let verdict = class.passed(exercise);
            class.judged(exercise, verdict)
        });
        class.learner("s101", "Barbara Liskov", passed);

        let mut grades = class.each(|_, exercise| grade(exercise, Status::Missing));
        grades[0] = grade("exercise-1", Status::NotStarted);
        grades[1] = grade("exercise-2", Status::Unreadable);
        grades[1].late = true;
        grades[1].notes = vec!["cy.zip/worker_pool.rs: expected a UTF-8 text".to_owned()];
        grades[2] = grade("exercise-3", Status::Refused);
        let line = "include!(\"/etc/passwd\");".to_owned();
        let refused = finding(3, "`include!` reads another file");
        grades[2].review = vec![Finding { code: line, weight: Weight::Refused, ..refused }];
        class.copy(&mut grades[2], "//! Mine.\n\n  include!(\"/etc/passwd\");\n");
        class.learner("s102", "Cy Young", grades);

        let mut grades = class.each(|_, exercise| grade(exercise, Status::GraderError));
        grades[0].notes = vec!["the machine has no space left".to_owned()];
        let mut unsure = class.passed("exercise-2");
        unsure.checks[7].status = CheckStatus::Inconclusive;
        unsure.checks[7].message = Some("a limit of the search was reached".to_owned());
        unsure.status = verdict::Status::Inconclusive;
        grades[1] = class.judged("exercise-2", unsure);
        grades[2] = class.judged("exercise-4", parsed(BLOCKS));
        grades[2].exercise = "exercise-3".to_owned();
        grades[3] = class.judged("exercise-4", parsed(DOES_NOT_COMPILE));
        grades[3].review = vec![finding(17, "`type_name` can tell the worlds of the checks apart")];
        class.learner("s103", "Dana Scott", grades);

        let hostile = EXERCISES.map(|(_, verdict)| hostile_verdict(verdict));
        let mut hostile = hostile.into_iter();
        let mut grades = class.each(|class, exercise| {
            class.judged(exercise, hostile.next().expect("one for each exercise"))
        });
        for grade in &mut grades {
            grade.review = vec![Finding { code: HOSTILE.to_owned(), ..finding(1, HOSTILE) }];
            grade.notes = vec![HOSTILE.to_owned()];
            class.copy(grade, &format!("{HOSTILE}\n{HOSTILE}"));
            grade.answer.as_mut().expect("it was judged").found = HOSTILE.to_owned();
        }
        grades[0] = class.judged("exercise-1", hostile_verdict(DOES_NOT_COMPILE));
        class.learner(HOSTILE, HOSTILE, grades);
        let learner = class.gradebook.learners.last_mut().expect("it was added");
        learner.email = Some(HOSTILE.to_owned());
        learner.notes = vec![HOSTILE.to_owned()];
        class.gradebook.notes = vec![HOSTILE.to_owned()];
        class
    }

    /// Many learners, of whom half pass an exercise and the others fail it.
    pub fn of(learners: usize) -> Self {
        let mut class = Self::empty();
        for at in 0..learners {
            let mut next = 0;
            let grades = class.each(|class, exercise| {
                let verdict = match (at + next) % 2 {
                    0 => class.passed(exercise),
                    _ => parsed(EXERCISES[next].1),
                };
                next += 1;
                class.judged(exercise, verdict)
            });
            class.learner(&format!("s{at:04}"), &format!("First{at} Last{at}"), grades);
        }
        class
    }

    /// Adds a learner.
    pub fn learner(&mut self, id: &str, name: &str, grades: Vec<Grade>) {
        self.gradebook.learners.push(Learner {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            email: Some(format!("{id}@example.org")),
            notes: Vec::new(),
            grades,
        });
    }

    /// The grade that follows from a verdict.
    pub fn judged(&self, exercise: &str, verdict: Verdict) -> Grade {
        let status = match verdict.status {
            verdict::Status::Passed => Status::Passed,
            verdict::Status::Failed => Status::Failed,
            verdict::Status::Inconclusive => Status::Inconclusive,
            verdict::Status::Refused => Status::Refused,
            verdict::Status::DoesNotCompile => Status::DoesNotCompile,
            verdict::Status::NotStarted => Status::NotStarted,
            verdict::Status::GraderError => Status::GraderError,
        };
        let path = format!("{}.json", self.files());
        let text = serde_json::to_vec(&verdict).expect("it is data");
        fs::write(self.folder.path().join(&path), text).expect("a file");
        Grade { points: Some(verdict.points), verdict: Some(path), ..grade(exercise, status) }
    }

    /// Keeps the text of an answer.
    pub fn copy(&self, grade: &mut Grade, text: &str) {
        let path = format!("{}.rs", self.files());
        fs::write(self.folder.path().join(&path), text).expect("a file");
        grade.answer.as_mut().expect("it was handed in").copy = Some(path);
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path()).expect("the folder").count()
    }

    /// The verdict on a right answer.
    pub fn passed(&self, exercise: &str) -> Verdict {
        let number: usize = exercise.trim_start_matches("exercise-").parse().expect("a number");
        let mut verdict = parsed(EXERCISES[number - 1].1);
        for check in &mut verdict.checks {
            *check = CheckResult {
                status: CheckStatus::Passed,
                points: check.max_points,
                cause: None,
                message: None,
                schedule: None,
                story: None,
                searched: 0,
                printed: String::new(),
                ..check.clone()
            };
        }
        Verdict { status: verdict::Status::Passed, points: 100, ..verdict }
    }

    fn each(&self, mut grade: impl FnMut(&Self, &str) -> Grade) -> Vec<Grade> {
        self.gradebook.exercises.iter().map(|it| grade(self, &it.exercise)).collect()
    }

    /// The page of the gradebook.
    pub fn page(&self) -> String {
        let mut page = Cursor::new(Vec::new());
        html::write(&self.gradebook, &mut page).expect("it can be written");
        String::from_utf8(page.into_inner()).expect("UTF-8")
    }
}

/// A verdict from its JSON.
pub fn parsed(json: &str) -> Verdict {
    serde_json::from_str(json).expect("a verdict")
}

/// The same verdict, with hostile text in all that is not a word of the format or a place in the
/// guide.
fn hostile_verdict(json: &str) -> Verdict {
    let mut verdict: Value = serde_json::from_str(json).expect("JSON");
    poison(&mut verdict);
    serde_json::from_value(verdict).expect("a verdict")
}

fn poison(value: &mut Value) {
    const WORDS: [&str; 8] =
        ["exercise", "status", "name", "kind", "cause", "guide", "operation", "switch"];
    match value {
        Value::String(text) => *text = format!("{HOSTILE} {text}"),
        Value::Array(values) => values.iter_mut().for_each(poison),
        Value::Object(fields) => {
            let texts = fields.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str()));
            texts.for_each(|(_, value)| poison(value));
        }
        _ => {}
    }
}

fn described(check: &CheckResult) -> Check {
    Check {
        name: check.name.clone(),
        title: check.title.clone(),
        kind: check.kind,
        points: check.max_points,
        long: false,
        draws: Vec::new(),
        guide: check.guide.clone().expect("the guide was there"),
        hints: ["look".to_owned(), "do".to_owned()],
    }
}

/// A grade without a verdict.
pub fn grade(exercise: &str, status: Status) -> Grade {
    let answer = Answer {
        found: format!("someone/{exercise}.rs"),
        sha256: "0123456789abcdef".repeat(4),
        handed_in: Some("2026-03-01T21:12:00Z".parse().expect("a time")),
        copy: None,
    };
    Grade {
        exercise: exercise.to_owned(),
        status,
        points: status.is_graded().then_some(0),
        answer: (status != Status::Missing).then_some(answer),
        late: false,
        review: Vec::new(),
        notes: Vec::new(),
        verdict: None,
    }
}

/// What somebody has to look at.
pub fn finding(line: usize, reason: &str) -> Finding {
    Finding { line, code: String::new(), reason: reason.to_owned(), weight: Weight::Review }
}
