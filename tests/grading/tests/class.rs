//! A run over a class, with a judge that only counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use grading::class::{self, Judge, Keep, Options, Progress};
use grading::gradebook::{Gradebook, Isolation, Status};
use grading::merge::merge;
use grading::out::Out;
use grading::submission::{AnswerFile, Attempt, Class, Learner};
use tempfile::TempDir;
use workbook::Workbook;
use workbook::exercise::Exercise;
use workbook::verdict::{self, Verdict};

/// Gives as many points as the text of an answer says. `error` is a fault of the grader, unless
/// that is mended, and `panic` is a bug of it.
#[derive(Default)]
struct Fake {
    judged: AtomicUsize,
    mended: bool,
}

impl Judge for Fake {
    fn key(&self, exercise: &Exercise, answer: &AnswerFile) -> String {
        format!("{}-{}", exercise.number, answer.sha256)
    }

    fn judge(&self, _slot: usize, exercise: &Arc<Exercise>, answer: &AnswerFile) -> Verdict {
        self.judged.fetch_add(1, SeqCst);
        let text = fs::read_to_string(&answer.path).expect("it was handed in");
        let status = match &*text {
            "panic" => panic!("a bug of the grader"),
            "error" if !self.mended => verdict::Status::GraderError,
            "100" => verdict::Status::Passed,
            _ => verdict::Status::Failed,
        };
        let verdict = Verdict::without_checks("exercise", status, None, exercise, Duration::ZERO);
        Verdict { points: text.parse().unwrap_or(0), ..verdict }
    }

    fn isolation(&self) -> Isolation {
        Isolation::Bubblewrap
    }
}

struct Made {
    folder: TempDir,
    exercises: Vec<Arc<Exercise>>,
    class: Class,
}

/// A class, by the texts that each learner has handed in for exercise 4.
fn made(learners: &[(&str, &[&str])]) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let exercises = vec![workbook.find("exercise-4").expect("it is there").exercise];
    let mut class = Class::default();
    for (id, texts) in learners {
        let attempt = |(at, text): (usize, &&str)| {
            let path = folder.path().join(format!("{id}-{at}.rs"));
            fs::write(&path, text).expect("a file");
            Attempt {
                found: format!("{id}/{at}.rs"),
                handed_in: Some(jiff::Timestamp::from_second(at as i64).expect("a time")),
                late: false,
                answer: Ok(AnswerFile { path, sha256: format!("sum-of-{text}") }),
            }
        };
        let attempts = texts.iter().enumerate().map(attempt).collect();
        let learner = Learner { attempts: BTreeMap::from([(4, attempts)]), ..Learner::default() };
        class.learners.insert((*id).to_owned(), learner);
    }
    Made { folder, exercises, class }
}

impl Made {
    fn grade(&self, out: &str, options: &Options, judge: &Fake) -> Gradebook {
        let out = self.out(out);
        let progress = Progress::hidden();
        class::grade(&self.class, &self.exercises, options, judge, &out, &progress)
            .expect("the files can be written")
    }

    fn out(&self, name: &str) -> Out {
        Out::open(&self.folder.path().join(name)).expect("it is ours")
    }
}

fn points(gradebook: &Gradebook) -> Vec<(&str, Option<u32>)> {
    let row = |learner: &'_ grading::gradebook::Learner| learner.grades[0].points;
    gradebook.learners.iter().map(|learner| (&*learner.id, row(learner))).collect()
}

#[test]
fn everyone_has_a_grade_and_the_same_text_is_judged_once() {
    let made = made(&[("ada", &["100"]), ("ben", &["40"]), ("cy", &["40"]), ("di", &[])]);
    let judge = Fake::default();
    let gradebook = made.grade("grades", &Options::default(), &judge);
    let expected = [("ada", Some(100)), ("ben", Some(40)), ("cy", Some(40)), ("di", Some(0))];
    assert_eq!(points(&gradebook), expected);
    assert_eq!(gradebook.learners[3].grades[0].status, Status::Missing);
    assert_eq!(judge.judged.into_inner(), 2);
}

#[test]
fn what_has_a_verdict_is_not_judged_again() {
    let made = made(&[("ada", &["100"]), ("ben", &["40"])]);
    let judge = Fake::default();
    made.grade("grades", &Options::default(), &judge);
    let before = read(&made.folder.path().join("grades/gradebook.json"));
    made.grade("grades", &Options::default(), &judge);
    assert_eq!(judge.judged.load(SeqCst), 2);
    assert_eq!(read(&made.folder.path().join("grades/gradebook.json")), before);
}

#[test]
fn half_a_verdict_counts_as_none() {
    let made = made(&[("ada", &["100"])]);
    let judge = Fake::default();
    let gradebook = made.grade("grades", &Options::default(), &judge);
    let path = gradebook.learners[0].grades[0].verdict.as_ref().expect("it was judged");
    fs::write(made.folder.path().join("grades").join(path), "{\"exer").expect("a file");
    made.grade("grades", &Options::default(), &judge);
    assert_eq!(judge.judged.into_inner(), 2);
}

#[test]
fn a_fault_of_the_grader_is_no_grade_and_is_judged_again_on_request() {
    let made = made(&[("ada", &["error"]), ("ben", &["panic"]), ("cy", &["100"])]);
    let gradebook = made.grade("grades", &Options::default(), &Fake::default());
    assert_eq!(points(&gradebook), [("ada", None), ("ben", None), ("cy", Some(100))]);
    assert_eq!(gradebook.learners[1].grades[0].status, Status::GraderError);

    let mended = Fake { mended: true, ..Fake::default() };
    made.grade("grades", &Options::default(), &mended);
    assert_eq!(mended.judged.load(SeqCst), 0);
    let retry = Options { retry_errors: true, ..Options::default() };
    let gradebook = made.grade("grades", &retry, &mended);
    assert_eq!(mended.judged.load(SeqCst), 2);
    assert_eq!(points(&gradebook), [("ada", Some(0)), ("ben", None), ("cy", Some(100))]);
}

#[test]
fn the_last_attempt_counts_or_the_best() {
    let made = made(&[("ada", &["40", "70", "70", "20"])]);
    let last = made.grade("last", &Options::default(), &Fake::default());
    assert_eq!(points(&last), [("ada", Some(20))]);
    assert_eq!(last.learners[0].grades[0].notes, ["attempt 4 of 4: the last"]);
    let best = Options { keep: Keep::Best, ..Options::default() };
    let best = made.grade("best", &best, &Fake::default());
    assert_eq!(points(&best), [("ada", Some(70))]);
    assert_eq!(best.learners[0].grades[0].notes, ["attempt 2 of 4: the best"]);
}

#[test]
fn what_comes_after_the_deadline_is_late() {
    let made = made(&[("ada", &["10", "20"]), ("ben", &["30"])]);
    let deadline = Some(jiff::Timestamp::UNIX_EPOCH);
    let options = Options { deadline, ..Options::default() };
    let gradebook = made.grade("grades", &options, &Fake::default());
    let late = gradebook.learners.iter().map(|learner| learner.grades[0].late);
    assert_eq!(late.collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_text_of_an_answer_stays_with_its_grade() {
    let mut made = made(&[("ada", &["100"])]);
    let out = made.folder.path().join("part");
    drop(made.out("part"));
    let learner = made.class.learners.get_mut("ada").expect("she was made");
    let attempt = &mut learner.attempts.get_mut(&4).expect("one")[0];
    let answer = attempt.answer.as_mut().expect("it can be read");
    let copy = out.join("answers/ada/4.rs");
    fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
    fs::rename(&answer.path, &copy).expect("a file");
    answer.path = copy;

    let options = Options { shard: Some("1/1".parse().expect("a shard")), ..Options::default() };
    let gradebook = made.grade("part", &options, &Fake::default());
    let merged = merge(&[out], &made.out("merged")).expect("it is the whole class");
    for gradebook in [gradebook, merged] {
        let answer = gradebook.learners[0].grades[0].answer.as_ref().expect("it was handed in");
        assert_eq!(answer.copy.as_deref(), Some("answers/ada/4.rs"));
        assert_eq!(gradebook.text(answer).as_deref(), Some("100"));
    }
}

#[test]
fn shards_make_the_gradebook_of_one_run() {
    let learners = [("a", "1"), ("b", "2"), ("c", "error"), ("d", "1"), ("e", "5"), ("f", "6")];
    let texts = learners.map(|(_, text)| [text]);
    let class: Vec<(&str, &[&str])> =
        learners.iter().zip(&texts).map(|((id, _), texts)| (*id, &texts[..])).collect();
    let made = made(&class);
    made.grade("whole", &Options::default(), &Fake::default());
    let mut parts = Vec::new();
    for number in ["2/4", "1/4", "4/4", "3/4"] {
        let shard = Some(number.parse().expect("a shard"));
        let options = Options { shard, ..Options::default() };
        let name = number.replace('/', "-of-");
        made.grade(&name, &options, &Fake::default());
        parts.push(made.folder.path().join(name));
    }
    merge(&parts, &made.out("merged")).expect("they fit");
    let [whole, merged] = ["whole", "merged"].map(|out| tree(&made.folder.path().join(out)));
    assert_eq!(whole, merged);

    let fault = merge(&parts[1..], &made.out("some")).expect_err("one is missing");
    assert_eq!(fault.0, "the shard 2/4 is missing");
    let twice = [&parts[..], &parts[..1]].concat();
    let fault = merge(&twice, &made.out("more")).expect_err("one is there twice");
    assert_eq!(fault.0, "the shard 2/4 is there twice");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it was written")
}

/// All files below a folder, by path, with their texts.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                files.insert(name, read(&path));
            }
        }
    }
    files
}
