//! Answers that are not finished, do not compile, or cannot be read.

use grading::gradebook::Status;

use super::{Answer, Content, text};

pub fn answers(solution: &str, stub: &str) -> Vec<Answer> {
    let other = |what: &str, content, status| Answer {
        what: what.to_owned(),
        content,
        status,
        caught_by: Vec::new(),
    };
    let does_not_compile = |what: &str, answer: &str| text(what, answer, Status::DoesNotCompile);
    let not_utf8 = [&[0xff, 0xfe], solution.as_bytes()].concat();
    let too_large = [solution.as_bytes(), &vec![b' '; 4 << 20]].concat();
    vec![
        does_not_compile("half a file", &solution[..solution.len() / 2]),
        other("the stub", Content::Unmarked(stub.into()), Status::NotStarted),
        does_not_compile(
            "a type error",
            &solution.replacen("free: permits", "free: \"permits\"", 1),
        ),
        other("not UTF-8", Content::Text(not_utf8), Status::Unreadable),
        does_not_compile("another language", "package main\n\nfunc main() {}\n"),
        other("too large", Content::Text(too_large), Status::Unreadable),
        does_not_compile(
            "an error of borrowing",
            &solution.replacen("drop(stale);", "drop(waker);", 1),
        ),
        other("a symlink", Content::Symlink("/etc/passwd"), Status::Unreadable),
        does_not_compile(
            "another signature",
            &solution.replacen("permits: usize", "permits: u32", 1),
        ),
        other("nothing", Content::Nothing, Status::Missing),
        other("a damaged archive", Content::DamagedArchive, Status::Unreadable),
        does_not_compile("an empty file", ""),
    ]
}
