//! What the reports of a class say, and that nothing in an answer or a name gets out of its place
//! in them. `tests/grading/readers` has the same files read by other programs.

mod made;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use grading::gradebook::{self, Status};
use grading::report;
use made::{HOSTILE, Made, class};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use serde_json::Value;

/// The names of the learners' files.
const NAMES: [&str; 9] =
    ["ada", "bob", "carol", "dora", "erin", "frank", "grace", "heidi", "2-3-1m"];

fn written() -> Made {
    let made = class();
    report::write_all(&made.gradebook, &made.out).expect("the reports can be written");
    made
}

impl Made {
    fn read(&self, path: &str) -> String {
        let path = self.out.folder().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).expect(path)
    }
}

/// All files in a folder, with their contents.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("readable").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).expect("inside").display().to_string();
                    found.insert(name, fs::read(&path).expect("readable"));
                }
            }
        }
    }
    found
}

#[test]
fn each_learner_has_each_report() {
    let made = written();
    let folder = made.out.folder();
    for name in NAMES {
        for file in [
            format!("feedback/{name}.md"),
            format!("gradescope/{name}.json"),
            format!("junit/{name}.xml"),
            format!("exercism/exercise-2/{name}.json"),
            format!("exercism/exercise-4/{name}.json"),
        ] {
            assert!(folder.join(&file).is_file(), "{file}");
        }
    }
    // For the programs that the reports are for: see `tests/grading/readers`.
    let to = made::for_other_readers();
    let _ = fs::remove_dir_all(&to);
    for (name, content) in files(folder).iter().filter(|(name, _)| !name.starts_with("verdicts")) {
        grading::out::write(&to.join(name), content).expect("it can be written");
    }
}

#[test]
fn the_reports_are_the_same_each_time() {
    let made = written();
    let first = files(made.out.folder());
    report::write_all(&made.gradebook, &made.out).expect("the reports can be written");
    assert_eq!(first, files(made.out.folder()));
}

#[test]
fn what_people_wrote_and_who_has_left_is_kept() {
    let mut made = written();
    let folder = made.out.folder().to_owned();
    fs::write(folder.join("feedback/ada.md"), "well done, I think").expect("written");
    fs::write(folder.join("junit/.tmpX"), "from a run that was killed").expect("written");
    made.gradebook.learners.retain(|learner| learner.id != "bob");
    report::write_all(&made.gradebook, &made.out).expect("the reports can be written");
    let all = files(&folder);
    let kept =
        |end: &str| all.keys().any(|name| name.starts_with("earlier/") && name.ends_with(end));
    assert!(kept("/feedback/ada.md") && kept("/feedback/bob.md"), "{:?}", all.keys());
    assert!(kept("/junit/bob.xml") && kept("/exercism/exercise-4/bob.json"), "{:?}", all.keys());
    assert!(!folder.join("feedback/bob.md").exists() && !folder.join("junit/.tmpX").exists());
    assert!(made.read("feedback/ada.md").starts_with("# Feedback for Ada"));
}

// CSV.

fn table(made: &Made) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let text = made.read("gradebook.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> =
        reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows = reader.deserialize().map(|row| row.expect("a row")).collect();
    (header, rows)
}

#[test]
fn the_table_has_a_row_for_each_learner() {
    let made = written();
    let (header, rows) = table(&made);
    assert_eq!(
        header.join(","),
        "id,name,email,exercise-2,exercise-2 status,exercise-2 late,exercise-2 handed in,\
         exercise-4,exercise-4 status,exercise-4 late,exercise-4 handed in,total,notes"
    );
    assert_eq!(rows.len(), made.gradebook.learners.len());
    let bob = &rows[1];
    assert_eq!((&*bob["id"], &*bob["email"]), ("bob", "bob@school.example"));
    assert_eq!((&*bob["exercise-2"], &*bob["exercise-2 late"]), ("100", ""));
    assert_eq!((&*bob["exercise-4 status"], &*bob["exercise-4 late"]), ("failed", "yes"));
    assert_eq!(bob["exercise-4 handed in"], "2026-03-02T08:15:00Z");
    let notes = "exercise-4: attempt 2 of 2: the last; exercise-4: line 12: uses `std::thread`";
    assert_eq!(bob["notes"], notes);
}

#[test]
fn what_the_note_of_a_grade_says_is_said_once() {
    let mut made = class();
    let frank = &mut made.gradebook.learners[5];
    frank.notes = ["it is a symlink", "took another file"].map(str::to_owned).to_vec();
    frank.grades[1].notes = vec!["frank: expected semaphore.rs; it is a symlink".to_owned()];
    report::write_all(&made.gradebook, &made.out).expect("the reports can be written");
    let expected = "took another file; exercise-4: frank: expected semaphore.rs; it is a symlink";
    assert_eq!(table(&made).1[5]["notes"], expected);
    assert_eq!(made.read("index.html").matches("it is a symlink").count(), 1);
}

#[test]
fn what_has_no_grade_has_an_empty_cell() {
    let made = written();
    for (row, learner) in table(&made).1.iter().zip(&made.gradebook.learners) {
        let grade = &learner.grades[1];
        let expected = grade.points.map_or(String::new(), |points| points.to_string());
        assert_eq!(row["exercise-4"], expected, "{}", learner.id);
        assert_eq!(row["total"].is_empty(), grade.points.is_none(), "{}", learner.id);
    }
}

#[test]
fn no_cell_is_a_formula_or_has_control_characters() {
    let made = written();
    for cell in table(&made).1.iter().flat_map(BTreeMap::values) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        assert!(!cell.contains(char::is_control) && !cell.contains('\u{202e}'), "{cell:?}");
    }
    // A program that takes semicolons for the ends of cells finds none that it could begin anew.
    for line in made.read("gradebook.csv").lines() {
        let bare = line.split(',').find(|cell| cell.starts_with(char::is_alphabetic));
        assert_eq!(bare, None, "a text without quotes");
    }
}

// Gradescope.

#[test]
fn gradescope_gets_the_points() {
    let made = written();
    for (name, learner) in NAMES.iter().zip(&made.gradebook.learners) {
        let results = made.json(&format!("gradescope/{name}.json"));
        let tests = results["tests"].as_array().expect("tests");
        assert_eq!(tests.len(), made.exercises.iter().map(|it| it.checks.len()).sum::<usize>());
        let total: Option<u32> = learner.grades.iter().map(|grade| grade.points).sum();
        let scores = tests.iter().filter_map(|test| test["score"].as_u64()).sum::<u64>();
        let most = tests.iter().filter_map(|test| test["max_score"].as_u64()).sum::<u64>();
        match total {
            Some(total) => {
                assert_eq!(results["score"], total);
                assert_eq!((scores, most), (total.into(), 200), "{name}");
            }
            None => {
                let scored =
                    |test: &Value| !test["score"].is_null() || !test["max_score"].is_null();
                assert!(results["score"].is_null() && !tests.iter().any(scored), "{name}");
                let output = results["output"].as_str().expect("an output");
                assert!(output.starts_with("There is no score yet"), "{output}");
            }
        }
    }
}

#[test]
fn gradescope_shows_texts_as_texts() {
    let made = written();
    let results = made.json("gradescope/2-3-1m.json");
    let tests = results["tests"].as_array().expect("tests");
    for shown in tests.iter().chain([&results]) {
        assert_eq!(shown["output_format"], "text");
        let output = shown["output"].as_str().expect("an output");
        assert!(!output.contains(['\u{1b}', '\0', '\r', '\u{202e}']), "{output:?}");
        assert!(output.chars().count() <= 50_000);
    }
    assert!(tests.iter().all(|test| test["name_format"] == "text"));
}

// Exercism.

#[test]
fn exercism_gets_a_status_and_a_message() {
    let made = written();
    for (name, learner) in NAMES.iter().zip(&made.gradebook.learners) {
        let results = made.json(&format!("exercism/exercise-4/{name}.json"));
        assert_eq!(results["version"], 3);
        let status = match learner.grades[1].status {
            Status::Passed => "pass",
            Status::Failed | Status::Inconclusive => "fail",
            _ => "error",
        };
        assert_eq!(results["status"], status, "{name}");
        assert_eq!(results["message"].is_string(), status == "error", "{name}");
        assert_eq!(results["tests"].is_array(), status != "error", "{name}");
        for test in results["tests"].as_array().into_iter().flatten() {
            assert_eq!(test["message"].is_string(), test["status"] != "pass", "{test}");
            let output = test["output"].as_str().unwrap_or_default();
            assert!(output.chars().count() <= 500, "{output}");
        }
    }
}

#[test]
fn a_long_output_says_that_it_is_cut() {
    let made = written();
    let results = made.json("exercism/exercise-4/2-3-1m.json");
    let output = results["tests"][0]["output"].as_str().expect("an output");
    assert!(output.ends_with("Output was truncated. Please limit to 500 chars"), "{output}");
    assert_eq!(output.chars().count(), 500);
}

// JUnit.

#[test]
fn junit_has_a_suite_for_each_exercise() {
    let made = written();
    for (name, learner) in NAMES.iter().zip(&made.gradebook.learners) {
        let xml = made.read(&format!("junit/{name}.xml"));
        let report = Report::deserialize_from_str(&xml).expect(name);
        assert_eq!(report.test_suites.len(), 2);
        let suite = &report.test_suites[1];
        assert!(suite.name.as_str().ends_with(": exercise-4"), "{}", suite.name.as_str());
        let is_skipped = |case: &TestCase| matches!(case.status, TestCaseStatus::Skipped { .. });
        let skipped = suite.test_cases.iter().any(is_skipped);
        let grade = &learner.grades[1];
        let failures = match grade.status {
            Status::Passed | Status::Missing | Status::Unreadable | Status::Refused => 0,
            Status::GraderError => 0,
            Status::DoesNotCompile => 1,
            _ => made
                .gradebook
                .verdict(grade)
                .expect("readable")
                .map_or(0, |it| it.failing().count()),
        };
        assert_eq!(suite.failures, failures, "{name}");
        assert_eq!(suite.errors, usize::from(grade.status == Status::GraderError), "{name}");
        assert_eq!(skipped, grade.status != Status::Passed && *name != "bob", "{name}");
    }
}

#[test]
fn junit_says_why() {
    let made = written();
    let xml = made.read("junit/heidi.xml");
    let report = Report::deserialize_from_str(&xml).expect("JUnit");
    let error = &report.test_suites[1].test_cases[0];
    let TestCaseStatus::NonSuccess { kind, message, .. } = &error.status else {
        panic!("{error:?}")
    };
    assert_eq!(*kind, NonSuccessKind::Error);
    assert!(
        message.as_ref().is_some_and(|it| it.as_str().contains("no space left")),
        "{message:?}"
    );
}

#[test]
fn junit_is_xml_whatever_an_answer_prints() {
    let made = written();
    let xml = made.read("junit/2-3-1m.xml");
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    assert!(xml.chars().all(|c| allowed(c) && c != '\u{fffe}'));
    assert!(!xml.contains("<script>"));
}

// Markdown.

/// What a page shows, apart from code; and that it has no HTML, links or images.
fn prose(markdown: &str) -> String {
    let mut text = String::new();
    let mut code = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link to {dest_url}")
            }
            Event::Start(Tag::HtmlBlock) => panic!("a block of HTML"),
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::End(TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item) => text.push('\n'),
            Event::Text(shown) if !code => text += &shown,
            Event::SoftBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

#[test]
fn feedback_has_no_html_and_no_links() {
    let made = written();
    for name in NAMES {
        let prose = prose(&made.read(&format!("feedback/{name}.md")));
        for hostile in ["evil", "owned", "script", "onerror", "HYPERLINK"] {
            assert!(!prose.contains(hostile), "{name}: {hostile} in {prose}");
        }
    }
    assert!(made.read("feedback/2-3-1m.md").contains("# owned"), "it is shown, as code");
}

#[test]
fn feedback_on_any_check_is_plain() {
    let mut made = class();
    let workbook = workbook::Workbook::here().expect("the tests run inside the workbook");
    for exercise in workbook.exercises() {
        let verdict = made::all_fail(exercise);
        made.out.write_json("verdicts/all.json", &verdict).expect("written");
        made.gradebook.exercises = vec![gradebook::Exercise::of(exercise)];
        made.gradebook.learners.truncate(1);
        let grades = &mut made.gradebook.learners[0].grades;
        grades.truncate(1);
        let grade = &mut grades[0];
        (grade.status, grade.verdict) = (Status::Failed, Some("verdicts/all.json".to_owned()));
        report::write_all(&made.gradebook, &made.out).expect("the reports can be written");
        prose(&made.read("feedback/ada.md"));
    }
}

#[test]
fn feedback_names_sections_by_their_headings() {
    let feedback = written().read("feedback/bob.md");
    let workbook = workbook::Workbook::here().expect("the tests run inside the workbook");
    let page = workbook.root().join("guide/src/semaphore.md");
    let page = fs::read_to_string(page).expect("it is there");
    let lines = feedback.lines().filter(|line| line.starts_with("- To read:"));
    let headings: Vec<&str> = lines.filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(headings.len(), 3, "{feedback}");
    for heading in headings {
        assert!(page.contains(&format!("\n## {heading}")), "{heading}");
    }
}

#[test]
fn feedback_blames_nobody() {
    let made = written();
    let late = prose(&made.read("feedback/bob.md"));
    assert!(late.contains("No points were taken off"), "{late}");
    assert!(late.contains("says nothing against you"), "{late}");
    let fault = prose(&made.read("feedback/heidi.md"));
    assert!(fault.contains("not your fault") && fault.contains("No points yet"), "{fault}");
    assert!(!made.read("feedback/heidi.md").contains("/srv/grading"), "that is for the instructor");
}

#[test]
fn feedback_speaks_of_an_error_of_rustc_only_if_it_shows_one() {
    let mut made = written();
    let speaks_of_one = |made: &Made| {
        let feedback = prose(&made.read("feedback/carol.md"));
        assert!(!feedback.contains("rustc does not accept"), "{feedback}");
        feedback.contains("first error, fix it")
    };
    assert!(speaks_of_one(&made));
    let grade = &made.gradebook.learners[2].grades[1];
    let mut verdict = made.gradebook.verdict(grade).expect("it is there").expect("it was judged");
    verdict.message = Some("src/semaphore.rs does not have the signatures".to_owned());
    made.out.write_json("verdicts/carol.json", &verdict).expect("it can be written");
    made.gradebook.learners[2].grades[1].verdict = Some("verdicts/carol.json".to_owned());
    report::write_all(&made.gradebook, &made.out).expect("the reports can be written");
    assert!(!speaks_of_one(&made));
}

#[test]
fn feedback_reads_well() {
    let made = written();
    insta::assert_snapshot!(made.read("feedback/bob.md"));
    insta::assert_snapshot!(made.read("feedback/dora.md"));
}

#[test]
fn feedback_on_what_has_no_grade_reads_well() {
    let made = written();
    insta::assert_snapshot!(made.read("feedback/frank.md"));
    insta::assert_snapshot!(made.read("feedback/grace.md").replace(HOSTILE, ""));
}
