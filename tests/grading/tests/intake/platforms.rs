//! What learning platforms export.

use grading::submission::{Class, Learner};

use crate::archives::{tar_gz, zip};
use crate::given::{Given, attempt, ids, semaphores, text};

fn name(learner: &Learner) -> Option<&str> {
    learner.name.as_deref()
}

fn times(class: &Class, id: &str) -> Vec<Option<String>> {
    let attempts = &class.learners[id].attempts[&4];
    attempts.iter().map(|attempt| attempt.handed_in.map(|time| time.to_string())).collect()
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn moodle_with_a_folder_for_each_learner() {
    let fork = zip(&[("fork/exercises/4-semaphore/src/semaphore.rs", b"// ben")]);
    let export = zip(&[
        ("Ada Lovelace_11_assignsubmission_file/semaphore.rs", b"// ada"),
        ("Ada Lovelace_11_assignsubmission_onlinetext/onlinetext.html", b"<p>done</p>"),
        ("Ben King_12_assignsubmission_file_/fork.zip", &fork),
        ("Cy_13_assignsubmission_onlinetext/onlinetext.html", b"<p>I forgot</p>"),
        ("Ada Lovelace_14_assignsubmission_file/semaphore.rs", b"// another Ada"),
    ]);
    let class = Given::archive("concurrency-Exercise 4-77.zip", export).collect();
    let expected = [
        ("11", one("// ada")),
        ("12", one("// ben")),
        // It may be in there.
        ("13", one("!")),
        ("14", one("// another Ada")),
    ];
    assert_eq!(semaphores(&class), expected);
    assert_eq!(name(&class.learners["11"]), Some("Ada Lovelace"));
    assert_eq!(name(&class.learners["12"]), Some("Ben King"));
    assert_eq!(class.notes, [""; 0]);
}

#[test]
fn moodle_with_all_files_in_one_folder() {
    let class = Given::new()
        .file("Ada Lovelace_11_assignsubmission_file_semaphore.rs", "// ada")
        .file("Ada Lovelace_11_assignsubmission_file_retry.rs", "// retry")
        .file("Ben King_12_assignsubmission_file_answers.zip", zip(&[("semaphore.rs", b"// ben")]))
        .file("Ben King_12_assignsubmission_onlinetext_onlinetext.html", "")
        .collect();
    assert_eq!(semaphores(&class), [("11", one("// ada")), ("12", one("// ben"))]);
    assert_eq!(text(attempt(&class.learners["11"], 1)), Ok("// retry".to_owned()));
    assert_eq!(class.notes, [""; 0]);
}

#[test]
fn canvas() {
    let export = zip(&[
        ("lovelaceada_101_9001_semaphore-1.rs", b"// ada"),
        ("lovelaceada_101_9002_retry.rs", b"// retry"),
        ("kingben_LATE_102_9003_answers.zip", &zip(&[("semaphore.rs", b"// ben")])),
        ("curiecy_103_9004_report.pdf", b"%PDF"),
    ]);
    let class = Given::archive("submissions.zip", export).collect();
    let expected = [("101", one("// ada")), ("102", one("// ben")), ("103", one("!"))];
    assert_eq!(semaphores(&class), expected);
    assert_eq!(name(&class.learners["101"]), Some("lovelaceada"));
    assert!(!attempt(&class.learners["101"], 4).late);
    assert!(attempt(&class.learners["102"], 4).late);
    assert_eq!(class.notes, [""; 0]);
}

#[test]
fn blackboard_has_several_attempts() {
    let file = |user: &str, time: &str, rest: &str| {
        format!("Exercise 4_{user}_attempt_2026-11-{time}-10-11-12{rest}")
    };
    let receipt = "Name: Ada Lovelace (ada_l)\nAssignment: Exercise 4\nDate Submitted: …\n";
    let class = Given::new()
        .file(file("ada_l", "21", ".txt"), receipt)
        .file(file("ada_l", "21", "_semaphore.rs"), "// second")
        .file(file("ada_l", "20", ".txt"), receipt)
        .file(file("ada_l", "20", "_semaphore.rs"), "// first")
        .file(file("ada_l", "20", "_retry.rs"), "// retry")
        .file(file("l", "22", "_semaphore.rs"), "// another")
        .collect();
    let expected =
        [("ada_l", vec!["// first".to_owned(), "// second".to_owned()]), ("l", one("// another"))];
    assert_eq!(semaphores(&class), expected);
    assert_eq!(name(&class.learners["ada_l"]), Some("Ada Lovelace"));
    assert_eq!(class.learners["ada_l"].attempts[&1].len(), 1);
    let times = times(&class, "ada_l");
    assert!(times.iter().all(Option::is_some) && times[0] < times[1], "{times:?}");
    assert_eq!(class.notes, [""; 0]);
}

#[test]
fn without_blackboards_texts_nobody_is_taken_for_another() {
    let class = Given::new()
        .file("Exercise 4_ada_l_attempt_2026-11-20-10-11-12_semaphore.rs", "// ada_l")
        .file("Exercise 4_l_attempt_2026-11-20-10-11-12_semaphore.rs", "// l")
        .collect();
    assert_eq!(class.learners.len(), 2, "{:?}", ids(&class));
}

const METADATA: &str = "\
submission_1001:
  :submitters:
  - :name: Ada Lovelace
    :sid: 's1'
    :email: ada@example.org
  :created_at: 2026-11-20 10:11:12.000000000 Z
submission_1002:
  :submitters:
  - :name: Ben King
    :sid: s2
    :email: ben@example.org
  - :name: Cy
    :sid:
    :email: cy@example.org
  :created_at: 2026-11-20 11:11:12.000000000 Z
";

#[test]
fn gradescope_says_who_and_when() {
    let files: [(&str, &[u8]); 5] = [
        // As a Mac packs it again.
        ("__MACOSX/._assignment_9_export", b"\0\x05\x16\x07"),
        ("assignment_9_export/.DS_Store", b"\0\0\0\x01Bud1"),
        ("assignment_9_export/submission_1001/src/semaphore.rs", b"// ada"),
        ("assignment_9_export/submission_1002/semaphore.rs", b"// both"),
        ("assignment_9_export/submission_metadata.yml", METADATA.as_bytes()),
    ];
    for (export, content) in [("export.zip", zip(&files)), ("export.tgz", tar_gz(&files))] {
        let class = Given::archive(export, content).collect();
        let both = || one("// both");
        let expected = [("cy@example.org", both()), ("s1", one("// ada")), ("s2", both())];
        assert_eq!(semaphores(&class), expected);
        assert_eq!(times(&class, "s1"), [Some("2026-11-20T10:11:12Z".to_owned())]);
        assert_eq!(name(&class.learners["s2"]), Some("Ben King"));
        assert_eq!(class.learners["s1"].email.as_deref(), Some("ada@example.org"));
        assert_eq!(class.notes, [""; 0]);
    }
}

#[test]
fn gradescope_without_its_metadata_has_folders_of_numbers() {
    let class = Given::new()
        .file("submission_1001/semaphore.rs", "// ada")
        .file("submission_metadata.yml", "- nonsense")
        .collect();
    assert_eq!(semaphores(&class), [("submission_1001", one("// ada"))]);
    assert!(class.notes[0].starts_with("submission_metadata.yml: "), "{:?}", class.notes);
}

#[test]
fn metadata_that_a_learner_hands_in_says_nothing() {
    let class = Given::new()
        .file("ada/semaphore.rs", "// ada")
        .file("eve/submission_1001/semaphore.rs", "// eve")
        .file("eve/submission_metadata.yml", METADATA)
        .file("ada/submission_metadata.yml", "- nonsense")
        .file("eve/x/submission_metadata.yml", "- nonsense")
        .collect();
    assert_eq!(semaphores(&class), [("ada", one("// ada")), ("eve", one("// eve"))]);
    assert!(class.learners.values().all(|learner| learner.notes.is_empty()));
}

#[test]
fn github_classroom_has_repositories() {
    let fork = "exercises/4-semaphore/src/semaphore.rs";
    let class = Given::new()
        .file(format!("exercise-4-submissions/exercise-4-ada-l/{fork}"), "// ada")
        .file(format!("exercise-4-submissions/exercise-4-l/{fork}"), "// l")
        .file("exercise-4-submissions/exercise-4-l/solutions/semaphore.rs", "no")
        .collect();
    assert_eq!(semaphores(&class), [("ada-l", one("// ada")), ("l", one("// l"))]);
}

#[test]
fn a_folder_that_was_packed_with_its_name_is_looked_into() {
    let files: [(&str, &[u8]); 3] = [
        ("class/ada/semaphore.rs", b"// ada"),
        ("class/ben/x/semaphore.rs", b"// ben"),
        ("class/tests/semaphore.rs", b"// the learner tests"),
    ];
    for export in ["class.zip", "other.zip"] {
        let class = Given::archive(export, zip(&files)).collect();
        let expected = [
            ("ada", one("// ada")),
            ("ben", one("// ben")),
            ("tests", one("// the learner tests")),
        ];
        assert_eq!(semaphores(&class), expected, "{export}");
    }
    let one_learner = zip(&[("class/ada/semaphore.rs", b"// ada")]);
    let class = Given::archive("class.zip", one_learner).collect();
    assert_eq!(semaphores(&class), [("ada", one("// ada"))]);
}

#[test]
fn a_fork_or_an_answer_by_itself_is_one_submission() {
    let fork: [(&str, &[u8]); 3] = [
        ("exercises/4-semaphore/src/semaphore.rs", b"// answer"),
        ("solutions/4-semaphore/src/semaphore.rs", b"no"),
        ("Cargo.toml", b""),
    ];
    let packed: [(&str, &[u8]); 2] = [
        ("ada/exercises/4-semaphore/src/semaphore.rs", b"// answer"),
        ("ada/solutions/4-semaphore/src/semaphore.rs", b"no"),
    ];
    for files in [&fork[..], &packed[..], &[("semaphore.rs", b"// answer".as_slice())][..]] {
        let class = Given::archive("ada.zip", zip(files)).collect();
        assert_eq!(semaphores(&class), [("ada", one("// answer"))]);
        assert_eq!(class.notes, [""; 0]);
    }
    let mut given = Given::new();
    for (path, content) in fork {
        given = given.file(path, content);
    }
    assert_eq!(semaphores(&given.collect()), [("submissions", one("// answer"))]);
}

#[test]
fn a_bare_answer_names_its_learner() {
    let class = Given::new()
        .file("ada_semaphore.rs", "// ada")
        .file("ada_worker_pool.rs", "// pool")
        .file("ben-l_semaphore.rs", "// ben")
        .file("semaphore.rs", "// whose?")
        .collect();
    assert_eq!(semaphores(&class), [("ada", one("// ada")), ("ben-l", one("// ben"))]);
    assert_eq!(text(attempt(&class.learners["ada"], 2)), Ok("// pool".to_owned()));
    let expected = "semaphore.rs: expected a learner's folder or archive, or a file such as \
                    LEARNER_retry.rs";
    assert_eq!(class.notes, [expected]);
}

#[test]
fn only_a_bare_answer_may_have_a_learners_name_before_its_own() {
    let class = Given::new().file("ada/ben_semaphore.rs", "// whose?").collect();
    assert_eq!(semaphores(&class), [("ada", vec![])]);
}

#[test]
fn a_folder_and_an_archive_of_one_name_are_attempts_of_one_learner() {
    let class = Given::new()
        .file("ada/semaphore.rs", "// folder")
        .file("ada.zip", zip(&[("semaphore.rs", b"// archive")]))
        .file("adam/semaphore.rs", "// adam")
        .collect();
    let both = vec!["// archive".to_owned(), "// folder".to_owned()];
    assert_eq!(semaphores(&class), [("ada", both), ("adam", one("// adam"))]);
    assert!(class.learners["ada"].notes[0].starts_with("several attempts"));
}
