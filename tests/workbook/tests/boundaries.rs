//! Answers that are unusual as files: each is judged like any other, or the verdict says what is wrong with it.

use std::fs;

use workbook::answer::AnswerSource;
use workbook::verdict::{Status, Verdict};
use workbook::{Workbook, judge, stage};

const SEQUENCES: &str = "calls_and_events_may_come_in_any_order";
/// One check of each kind, and nothing that takes long.
const CHECKS: [&str; 4] = [
    "try_acquire_takes_a_free_permit",
    "permits_and_futures_are_send",
    "no_wakeup_is_lost",
    SEQUENCES,
];

/// The start of `Semaphore::new` in the solution.
const NEW: &str = "pub fn new(permits: usize) -> Self {\n";

fn book() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

fn solution() -> String {
    let solution = book().root().join("solutions/4-semaphore/src/semaphore.rs");
    fs::read_to_string(solution).expect("the solution is there")
}

/// The solution of exercise 4 with these things changed.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(solution(), |text, (from, to)| {
        assert!(text.contains(from), "the solution has no {from}");
        text.replacen(from, to, 1)
    })
}

fn staged(test: &str, text: &str) -> AnswerSource {
    let (book, name) = (book(), format!("boundary-{test}"));
    let folder = book.root().join("target/stage").join(&name);
    let answers = [(name, text.to_owned())].into();
    let staged = stage::stage(&book, &folder, &book.exercises()[3], &answers);
    staged.expect("the stage can be written").remove(0)
}

fn verdict(answer: &AnswerSource, checks: &[&str]) -> Verdict {
    let checks: Vec<String> = checks.iter().map(|name| (*name).to_owned()).collect();
    judge::judge(answer, &checks).expect("the answer can be judged")
}

fn message(verdict: &Verdict) -> String {
    let message = verdict.message.as_deref().unwrap_or_default();
    anstream::adapter::strip_str(message).to_string()
}

/// The file that a message is about, as the learner knows it.
fn known(message: &str, answer: &AnswerSource) -> String {
    message.replace(&*answer.file.to_string_lossy(), "semaphore.rs")
}

#[test]
fn what_any_rust_file_may_have_is_no_hindrance() {
    let code = changed(&[
        (NEW, &format!("{NEW}        dbg!(twice!(permits));\n")),
        (
            "pub async fn acquire(&self) -> Permit<'_> {\n        Acquire { semaphore: self, ticket: None }.await",
            "pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {\n        Acquire { semaphore: self, ticket: None }",
        ),
        (
            "use std::",
            "#![allow(dead_code)]\n#![feature(let_chains)]\n#![no_std]\n#![warn(missing_docs)]\n\
             macro_rules! twice { ($e:expr) => { ($e, $e) } }\n\
             pub use std::time::Duration;\nuse std::",
        ),
    ]);
    let code = code.replace("    ", "\t");
    let helpers: String =
        (0..2500).map(|n| format!("fn helper_{n}() -> usize {{\n\t{n} }}\n")).collect();
    let long = "x".repeat(10_000);
    let more = format!(
        "mod inner {{
            //! A module in the file.
            #![allow(unused)]
            pub(super) struct Wrapped<T, const N: usize>(pub [T; N]);
            impl<T: Copy, const N: usize> Wrapped<T, N> {{ fn first(&self, r#gen: usize) -> T {{ self.0[r#gen] }} }}
            fn of(semaphore: &super::Semaphore) -> usize {{ semaphore.available_permits() }}
        }}
        const LONG: &str = \"{long}\";
        #[cfg(test)]
        mod tests {{
            use super::*;
            #[test]
            fn counts() {{ assert_eq!(Semaphore::new(2).available_permits(), 2); }}
            #[tokio::test]
            async fn acquires() {{ drop(Semaphore::new(1).acquire().await); }}
        }}\n"
    );
    let text = format!("\u{feff}{code}{more}{helpers}").replace('\n', "\r\n");
    assert!(text.lines().count() > 5000);
    let verdict = verdict(&staged("unusual", &text), &CHECKS);
    assert_eq!(verdict.status, Status::Passed, "{verdict:?}");
}

#[test]
fn lines_are_right_with_a_byte_order_mark_and_windows_line_ends() {
    let code = format!(
        "{NEW}        let text = \"a\nb\";\n        assert!(text.len() == 3 && permits == 9, \"{{text:?}}\");\n"
    );
    let text = changed(&[(NEW, &code)]);
    let line =
        text.lines().position(|line| line.contains("permits == 9")).expect("it is there") + 1;
    let answer =
        staged("lines", &format!("\u{feff}#![allow(unused)]\n{text}").replace('\n', "\r\n"));
    let verdict = verdict(&answer, &CHECKS);
    for check in verdict.failing() {
        let message = known(check.message.as_deref().unwrap_or_default(), &answer);
        let expected = format!("semaphore.rs:{}: \"a\\nb\"", line + 1);
        assert!(message.contains(&expected), "{}: {message}", check.name);
    }
    assert!(verdict.failing().count() >= 3, "{verdict:?}");
}

#[test]
fn a_file_that_is_no_text_is_not_compiled() {
    let solution = solution();
    let latin = [solution.as_bytes(), b"// caf\xe9\n"].concat();
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(solution.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let large = solution.clone() + &"// and so on\n".repeat(200_000);
    let last = solution.lines().count() + 1;
    for (test, bytes, expected) in [
        (
            "latin",
            latin,
            format!(
                "expected a UTF-8 text, found the byte 0xe9 in line {last}: save the file as UTF-8"
            ),
        ),
        ("utf16", utf16, "expected a UTF-8 text, found UTF-16: save the file as UTF-8".to_owned()),
        (
            "large",
            large.into_bytes(),
            "expected an answer of at most 512 KiB, found a larger file".to_owned(),
        ),
    ] {
        let answer = staged(test, "");
        fs::write(answer.path(), bytes).expect("it can be written");
        let verdict = verdict(&answer, &CHECKS);
        assert_eq!(verdict.status, Status::DoesNotCompile, "{test}");
        assert_eq!(known(&message(&verdict), &answer), format!("semaphore.rs: {expected}"));
    }
}

#[test]
fn a_folder_in_the_place_of_the_file_is_named() {
    let answer = staged("folder", "");
    fs::remove_file(answer.path()).expect("it is there");
    fs::create_dir(answer.path()).expect("there is none");
    let verdict = verdict(&answer, &CHECKS);
    fs::remove_dir(answer.path()).expect("it is empty");
    assert_eq!(verdict.status, Status::GraderError);
    let expected = "semaphore.rs is a folder, and should be your file";
    assert!(known(&message(&verdict), &answer).starts_with(expected), "{verdict:?}");
}

#[test]
fn another_crate_is_named_with_those_that_there_are() {
    let long = "x".repeat(100_000);
    let code = format!("{NEW}        serde::de::value::Error::custom(1); /* {long} */\n");
    let verdict = verdict(&staged("crate", &changed(&[(NEW, &code)])), &CHECKS);
    assert_eq!(verdict.status, Status::DoesNotCompile);
    let message = message(&verdict);
    let words =
        ["If `serde` is meant to be a crate: none can be added", "may use std and `crate::sync`."];
    assert!(words.iter().all(|word| message.contains(word)), "{message}");
    assert!(!message.contains("cargo add"), "{message}");
    assert!(message.lines().all(|line| line.len() < 1100), "a line is too long");
}

#[test]
fn signatures_that_are_not_the_exercises_are_named() {
    let text = changed(&[
        (
            "pub fn available_permits(&self) -> usize {\n        self.lock().free",
            "fn available(&self) -> usize {\n        self.lock().free",
        ),
        (NEW, "pub fn new(permits: u32) -> Self {\n        let permits = permits as usize;\n"),
    ]);
    let text = text.replace("Cancelled", "Stopped");
    let verdict = verdict(&staged("signatures", &text), &CHECKS);
    assert_eq!(verdict.status, Status::DoesNotCompile);
    insta::assert_snapshot!(message(&verdict));
}

#[test]
fn an_empty_file_lacks_all_that_the_exercise_declares() {
    let verdict = verdict(&staged("empty", ""), &CHECKS);
    assert_eq!(verdict.status, Status::DoesNotCompile);
    let message = message(&verdict);
    let names = ["Semaphore", "Permit", "Cancelled", "Semaphore::acquire_until"];
    assert!(names.iter().all(|name| message.contains(&format!("\n  {name}\n"))), "{message}");
}
