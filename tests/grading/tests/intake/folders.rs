//! A folder for each learner.

use std::fs;

use workbook::Workbook;

use crate::given::{Given, attempt, ids, only, semaphores, text};

const IN_FORK: &str = "exercises/4-semaphore/src/semaphore.rs";

#[test]
fn each_folder_is_a_learner() {
    let given = Given::new()
        .file("ada/semaphore.rs", "// ada")
        .file("ben/handed/in/semaphore.rs", "// ben")
        .file(format!("cy/{IN_FORK}"), "// cy");
    let class = given.collect();
    let texts = |text: &str| vec![text.to_owned()];
    let expected = [("ada", texts("// ada")), ("ben", texts("// ben")), ("cy", texts("// cy"))];
    assert_eq!(semaphores(&class), expected);
    assert_eq!(attempt(&class.learners["cy"], 4).found, format!("cy/{IN_FORK}"));
    assert!(class.learners.values().all(|learner| learner.notes.is_empty()));
    assert_eq!(class.notes, [""; 0]);
}

#[test]
fn of_a_fork_only_the_learners_answers_are_taken() {
    let mut given = Given::new();
    for folder in ["solutions/4-semaphore/src", "tests/4-semaphore", "target", ".git/x", "Tests"] {
        given = given.file(format!("ada/{folder}/semaphore.rs"), "// not an answer");
    }
    let given = given
        .file(format!("ada/{IN_FORK}"), "// answer")
        .file("ada/exercises/1-retry/src/retry.rs", "// retry")
        .file("ada/exercises/4-semaphore/src/lib.rs", "// given");
    let class = given.collect();
    let learner = only(&class);
    assert_eq!(text(attempt(learner, 4)), Ok("// answer".to_owned()));
    assert_eq!(text(attempt(learner, 1)), Ok("// retry".to_owned()));
    assert_eq!(learner.attempts.len(), 2);
    assert_eq!(learner.notes, [""; 0]);
}

#[test]
fn a_learner_may_have_the_name_of_a_skipped_folder() {
    let class = Given::new().file("tests/semaphore.rs", "// answer").collect();
    assert_eq!(semaphores(&class), [("tests", vec!["// answer".to_owned()])]);
}

#[test]
fn of_several_files_the_one_in_the_exercise_is_taken_and_a_note_names_the_others() {
    let class = Given::new()
        .file("ada/semaphore.rs", "// loose")
        .file("ada/a/4-semaphore/src/semaphore.rs", "// package")
        .file(format!("ada/z/z/z/{IN_FORK}"), "// fork")
        .collect();
    let learner = only(&class);
    assert_eq!(text(attempt(learner, 4)), Ok("// fork".to_owned()));
    let note = "took ada/z/z/z/exercises/4-semaphore/src/semaphore.rs; left out \
                ada/a/4-semaphore/src/semaphore.rs, ada/semaphore.rs";
    assert_eq!(learner.notes, [note]);
}

#[test]
fn the_exact_name_comes_before_one_like_it() {
    let class = Given::new()
        .file("ada/Semaphore.rs", "// other case")
        .file("ada/semaphore (1).rs", "// numbered")
        .file("ada/deeper/semaphore.rs", "// exact")
        .collect();
    assert_eq!(text(attempt(only(&class), 4)), Ok("// exact".to_owned()));
    let class = Given::new().file("ada/semaphore (1).rs", "// numbered").collect();
    assert_eq!(text(attempt(only(&class), 4)), Ok("// numbered".to_owned()));
}

#[test]
fn copies_of_the_same_text_are_no_reason_for_a_note() {
    let class = Given::new()
        .file("ada/semaphore.rs", "// same")
        .file("ada/copy/semaphore.rs", "// same")
        .collect();
    assert_eq!(attempt(only(&class), 4).found, "ada/semaphore.rs");
    assert_eq!(only(&class).notes, [""; 0]);
}

#[test]
fn files_of_other_names_are_an_attempt_that_cannot_be_judged() {
    let class = Given::new()
        .file("ada/src/notes.txt", "…")
        .file("ada/src/sem.rs", "…")
        .file("ada/target/debug/build.rs", "")
        .file("ben/.gitignore", "")
        .file("cy/retry.rs", "// cy")
        .file("cy/notes.txt", "…")
        .collect();
    let ada = attempt(&class.learners["ada"], 4);
    assert_eq!(text(ada), Err("expected semaphore.rs; found src/sem.rs, src/notes.txt"));
    assert_eq!(ada.found, "ada");
    assert_eq!(class.learners["ada"].notes, [""; 0]);
    assert_eq!(semaphores(&class)[1..], [("ben", vec![]), ("cy", vec![])]);
}

#[test]
fn who_has_handed_in_an_empty_folder_is_told_apart() {
    let given = Given::new();
    fs::create_dir(given.submissions().join("ada")).expect("a folder");
    let class = given.collect();
    assert_eq!(semaphores(&class), [("ada", vec![])]);
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let names = workbook.exercises().iter().map(|exercise| format!("{}.rs", exercise.name));
    let names = names.collect::<Vec<_>>().join(", ");
    let expected = format!("ada: expected one of {names}; found nothing");
    assert_eq!(class.learners["ada"].notes, [expected]);
}

#[test]
fn no_submissions_are_a_fault() {
    let given = Given::new().roster("id\nada\n");
    let fault = given.try_collect().expect_err("there are none");
    let none = format!("no submissions in {}", given.submissions().display());
    assert_eq!(fault.0, none);
    let given = given.file("handler.rs", "");
    let fault = given.try_collect().expect_err("it belongs to nobody");
    assert!(fault.0.starts_with(&format!("{none}\nhandler.rs: expected")), "{fault}");
}

#[test]
fn a_file_that_belongs_to_nobody_is_a_note() {
    let class = Given::new().file("ada/semaphore.rs", "").file("README.md", "").collect();
    assert_eq!(ids(&class), ["ada"]);
    let expected = "README.md: expected a learner's folder or archive, or a file such as \
                    LEARNER_retry.rs";
    assert_eq!(class.notes, [expected]);
}

#[test]
fn hidden_files_belong_to_nobody_unless_there_is_an_answer() {
    let class = Given::new()
        .file(".git/config", "")
        .file(".gitignore", "")
        .file(".ada/semaphore.rs", "// ada")
        .collect();
    assert_eq!(class.learners.len(), 1, "{:?}", ids(&class));
    assert_eq!(only(&class).name.as_deref(), Some(".ada"));
    assert_eq!(class.notes, [""; 0]);
}

#[test]
fn grades_are_not_taken_for_a_submission() {
    let mut given = Given::new().file("ada/semaphore.rs", "// ada");
    given.answers = given.submissions().join("grades/answers");
    let fault = given.try_collect().expect_err("the grades are among the submissions");
    assert!(fault.0.contains("expected a folder outside of the submissions"), "{fault}");
}

#[test]
fn bytes_are_kept_as_they_are() {
    let content = "\u{feff}// a BOM, and\r\n// lines of Windows\r\n";
    let class = Given::new().file("ada/semaphore.rs", content).collect();
    let answer = attempt(only(&class), 4);
    assert_eq!(text(answer), Ok(content.to_owned()));
}

#[test]
fn the_sum_is_that_of_the_text() {
    let class = Given::new().file("ada/semaphore.rs", "abc").collect();
    let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(attempt(only(&class), 4).answer.as_ref().expect("a copy").sha256, sum);
}

#[test]
fn what_is_no_text_of_bounded_size_is_not_an_answer() {
    let too_large = vec![b' '; 512 * 1024 + 1];
    let class = Given::new()
        .file("exact/semaphore.rs", &too_large[1..])
        .file("large/semaphore.rs", &too_large)
        .file("latin1/semaphore.rs", b"// one\n// caf\xe9\n")
        .file("utf16/semaphore.rs", b"\xff\xfe/\0/\0")
        .collect();
    let why = |id: &str| text(attempt(&class.learners[id], 4)).map(|text| text.len());
    assert_eq!(why("exact"), Ok(512 * 1024));
    assert_eq!(why("large"), Err("expected an answer of at most 512 KiB, found a larger file"));
    assert_eq!(
        why("latin1"),
        Err("expected a UTF-8 text, found the byte 0xe9 in line 2: save the file as UTF-8")
    );
    assert_eq!(why("utf16"), Err("expected a UTF-8 text, found UTF-16: save the file as UTF-8"));
}

#[test]
fn a_file_that_can_be_judged_comes_before_one_that_cannot() {
    let class = Given::new()
        .file(format!("ada/{IN_FORK}"), b"\xff")
        .file("ada/semaphore.rs", "// text")
        .collect();
    let learner = only(&class);
    assert_eq!(text(attempt(learner, 4)), Ok("// text".to_owned()));
    let note = "took ada/semaphore.rs; left out ada/exercises/4-semaphore/src/semaphore.rs \
                (expected a UTF-8 text, found the byte 0xff in line 1: save the file as UTF-8)";
    assert_eq!(learner.notes, [note]);
}

#[test]
fn folders_inside_each_other_have_an_end() {
    let deep = format!("ada/{}semaphore.rs", "deeper/".repeat(40));
    let class = Given::new().file(deep, "// deep").collect();
    let found = text(attempt(only(&class), 4)).map(|_| ());
    let why = found.expect_err("it is too deep");
    assert!(why.contains("expected a path of at most 32 folders"), "{why}");
}

#[test]
fn copies_are_in_the_learners_folder_and_nothing_else_is_written() {
    let given = Given::new()
        .file("Ada Lovelace/semaphore.rs", "// one")
        .file("Ada Lovelace/x/semaphore.rs", "// two")
        .file("ben/retry.rs", "// retry")
        .file("ben/secret.rs", "// not taken");
    given.collect();
    let mut again: Vec<String> = Vec::new();
    for _ in 0..2 {
        let class = given.collect();
        let mut written: Vec<String> = walkdir::WalkDir::new(&given.answers)
            .into_iter()
            .map(|file| file.expect("it can be read"))
            .filter(|file| file.file_type().is_file())
            .map(|file| file.path().display().to_string())
            .collect();
        written.sort();
        let attempts = class.learners.values().flat_map(|learner| learner.attempts.values());
        let answers = attempts.flatten().map(|attempt| attempt.answer.as_ref().expect("a copy"));
        let mut expected: Vec<String> =
            answers.map(|answer| answer.path.display().to_string()).collect();
        expected.sort();
        assert_eq!(written, expected);
        assert!(again.is_empty() || again == written, "the names are the same each time");
        again = written;
    }
    assert!(!given.answers.join(".incoming").exists());
}

#[test]
fn what_a_run_that_was_stopped_has_left_is_removed() {
    let given = Given::new().file("ada/semaphore.rs", "// text");
    fs::create_dir_all(given.answers.join(".incoming")).expect("a folder");
    fs::write(given.answers.join(".incoming/half"), "// ha").expect("a file");
    given.collect();
    assert!(!given.answers.join(".incoming").exists());
}

#[test]
fn a_wrong_path_is_a_fault() {
    let given = Given::new();
    fs::remove_dir(given.submissions()).expect("it is empty");
    let fault = given.try_collect().expect_err("there is no folder");
    assert!(fault.0.contains("submissions: "), "{fault}");
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn links_are_not_followed() {
        let given = Given::new()
            .file("ada/semaphore.rs", "// ada")
            .file("ben/notes.txt", "")
            .file("cy/notes.txt", "");
        let to = given.submissions();
        symlink("../ada/semaphore.rs", to.join("ben/semaphore.rs")).expect("a link");
        symlink("../ada", to.join("cy/src")).expect("a link");
        symlink("ada", to.join("dan")).expect("a link");
        symlink("ada/semaphore.rs", to.join("semaphore.rs")).expect("a link");
        symlink(".", to.join("ada/round")).expect("a link");
        let class = given.collect();
        let why = |id: &str| text(attempt(&class.learners[id], 4));
        assert_eq!(why("ada"), Ok("// ada".to_owned()));
        assert_eq!(why("ben"), Err("expected a regular file, found a symbolic link"));
        let expected = "expected semaphore.rs; cy/src: expected a file or a folder, found a \
                        symbolic link";
        assert_eq!(why("cy"), Err(expected));
        assert_eq!(ids(&class), ["ada", "ben", "cy"]);
        assert!(class.notes.iter().any(|note| note.starts_with("dan: ")), "{:?}", class.notes);
    }

    #[test]
    fn pipes_and_sockets_are_not_opened() {
        let given = Given::new().file("ada/notes.txt", "").file("ben/notes.txt", "");
        let pipe = given.submissions().join("ada/semaphore.rs");
        assert!(Command::new("mkfifo").arg(pipe).status().expect("mkfifo runs").success());
        let socket = given.submissions().join("ben/semaphore.rs");
        let _listener = UnixListener::bind(socket).expect("a socket");
        let class = given.collect();
        for id in ["ada", "ben"] {
            let why = text(attempt(&class.learners[id], 4));
            let expected = "expected a regular file, found a device, a pipe or a socket";
            assert_eq!(why, Err(expected));
        }
    }

    #[test]
    fn names_can_be_anything() {
        let mut given = Given::new();
        let names: [&[u8]; 8] = [
            b"\xff\xfe",
            b"\xff\xfd",
            b"\x1b[2J\x07",
            b"<script>",
            b"a\\..\\b",
            b"CON",
            b"-rf",
            b"$(reboot)\n",
        ];
        for name in names {
            given = given.file(
                std::path::Path::new(OsStr::from_bytes(name)).join("semaphore.rs"),
                name.escape_ascii().to_string(),
            );
        }
        let class = given.collect();
        assert_eq!(class.learners.len(), names.len());
        for (id, learner) in &class.learners {
            assert!(text(attempt(learner, 4)).is_ok());
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{id}");
            let shown = format!("{:?}{}", learner.name, attempt(learner, 4).found);
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
        }
    }

    #[test]
    fn a_hidden_folder_of_the_system_is_no_learner() {
        let class = Given::new()
            .file(".DS_Store", "")
            .file("__MACOSX/ada/semaphore.rs", "")
            .file("ada/semaphore.rs", "// ada")
            .collect();
        assert_eq!(ids(&class), ["ada"]);
        assert_eq!(class.notes, [""; 0]);
    }

    #[test]
    fn names_that_differ_in_case_are_different_learners() {
        let class = Given::new()
            .file("Ada/semaphore.rs", "// one")
            .file("ada/semaphore.rs", "// two")
            .collect();
        assert_eq!(class.learners.len(), 2);
        let lower: Vec<String> = class.learners.keys().map(|id| id.to_lowercase()).collect();
        assert_ne!(lower[0], lower[1]);
    }
}
