//! What is known to be right or wrong, and forgeries, before anything is compiled.

use std::fs;

use workbook::answer::Owner;
use workbook::verdict::{CheckStatus, Status, Verdict};
use workbook::{Workbook, judge, known, stage};

fn book() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

#[test]
fn every_known_answer_has_the_signatures_of_its_stub() {
    let book = book();
    for exercise in book.with_optional() {
        let stub = fs::read_to_string(exercise.stub()).expect("it is there");
        let solution = book.answer(exercise, Owner::Workbook).read().expect("it can be read");
        let solution = ("solution".to_owned(), solution.expect("it is there"));
        let bugs = known::bugs(&book, exercise).expect("they are there").into_iter();
        let bugs = bugs.map(|(name, bug)| (name, bug.text));
        let designs = known::designs(exercise).expect("they are there").into_iter();
        for (name, text) in designs.chain(bugs).chain([solution]) {
            let differences = scan::differences(&stub, &text);
            let names: Vec<&str> = differences.iter().map(|one| &*one.expected.name).collect();
            assert_eq!(names, [""; 0], "{}/{name}: {differences:#?}", exercise.folder());
        }
    }
}

#[test]
fn nothing_is_found_in_any_known_answer() {
    let book = book();
    let mut answers = Vec::new();
    for exercise in book.with_optional() {
        let folder = exercise.folder();
        let solution = format!("solutions/{folder}/src/{}.rs", exercise.name);
        for file in [exercise.stub(), book.root().join(solution)] {
            let text = fs::read_to_string(&file).expect("it is there");
            answers.push((file.display().to_string(), text));
        }
        let designs = known::designs(exercise).expect("they are there").into_iter();
        answers.extend(designs.map(|(name, text)| (format!("{folder}/designs/{name}"), text)));
        let bugs = known::bugs(&book, exercise).expect("they are there").into_iter();
        answers.extend(bugs.map(|(name, bug)| (format!("{folder}/bugs/{name}"), bug.text)));
    }
    assert!(answers.len() > 400, "{} answers", answers.len());
    for (name, text) in answers {
        assert_eq!(scan::findings(&text), [], "{name}");
    }
}

/// The solution of exercise 4, with more at its end, and with this at the start of `acquire`.
fn forged(name: &str, acquire: &str, more: &str) -> Verdict {
    const ACQUIRE: &str = "pub async fn acquire(&self) -> Permit<'_> {\n";
    let book = book();
    let solution = book.root().join("solutions/4-semaphore/src/semaphore.rs");
    let solution = fs::read_to_string(solution).expect("it is there");
    let text = solution.replace(ACQUIRE, &format!("{ACQUIRE}{acquire}")) + more;
    assert!(text.contains(acquire));
    let folder = book.root().join("target/stage/forged").join(name);
    let exercise = &book.exercises()[3];
    let answers = [(name.to_owned(), text)].into();
    let answer = stage::stage(&book, &folder, exercise, &answers).expect("it can be written");
    judge::judge(&answer[0], &[]).expect("it can be judged")
}

/// The forgery is refused, and the findings are in the lines that end with `//~`.
fn is_refused(name: &str, acquire: &str, more: &str) {
    let verdict = forged(name, acquire, more);
    assert_eq!((verdict.status, verdict.points), (Status::Refused, 0), "{name}");
    assert!(verdict.checks.iter().all(|check| check.status == CheckStatus::NotRun), "{name}");
    let mut found: Vec<&str> = verdict.findings.iter().map(|finding| &*finding.code).collect();
    found.dedup();
    let marked = [acquire, more].map(|text| {
        text.lines().filter(|line| line.ends_with("//~")).map(str::trim).collect::<Vec<_>>()
    });
    assert_eq!(found, marked.concat(), "{name}: {:#?}", verdict.findings);
}

#[test]
fn forgeries_of_a_record_are_refused() {
    is_refused(
        "nonce-from-memory",
        "forge();",
        r#"
        fn forge() {
            let maps = std::fs::read_to_string("/proc/self/maps").unwrap(); //~
            let memory = std::fs::File::open("/proc/self/mem").unwrap();
            let (nonce, record) = search(&maps, &memory);
            std::fs::write(record, format!("{{\"nonce\":\"{nonce}\"}}")).unwrap();
            std::process::exit(0); //~
        }
        "#,
    );
    is_refused(
        "request-from-stdin",
        "",
        r#"
        use std::io::{Read as _, stdin}; //~
        fn request() -> String {
            let mut request = String::new();
            stdin().read_to_string(&mut request).unwrap();
            request
        }
        "#,
    );
    is_refused("exit", "std::process::exit(0); //~\n", "");
    is_refused(
        "hook",
        "",
        "
        use std::panic;
        fn silence() { panic::set_hook(Box::new(|_| std::thread::park())); } //~
        ",
    );
}

#[test]
fn answers_that_tell_the_mounts_apart_are_refused() {
    is_refused("cfg", "if cfg!(test) { return self.acquire_simply().await; } //~\n", "");
    is_refused("cfg-test", "", "#[cfg(test)] //~\nconst EXPLORED: bool = true;\n");
    is_refused(
        "type-name",
        "if std::any::type_name::<Self>().contains(\"instrumented\") {} //~\n",
        "",
    );
    is_refused("type-id", "", "type Id = std::any::TypeId; //~\n");
    is_refused("module-path", "if module_path!().contains(\"instrumented\") {} //~\n", "");
    is_refused("file", "if file!().contains(\"..\") {} //~\n", "");
    is_refused(
        "location",
        "",
        "
        #[track_caller]
        fn by_a_check() -> bool { core::panic::Location::caller().file().contains(\"checks\") } //~
        ",
    );
    is_refused("checks", "", "use crate::checks as c; //~\n");
}

#[test]
fn std_by_another_name_is_refused() {
    let texts = [
        "use std as s; //~\nfn f() { s::fs::read(\"x\"); } //~\n",
        "use std::{self as s}; //~\n",
        "use ::std::fs; //~\n",
        "use std::*; //~\nfn f() { fs::read(\"x\"); } //~\n",
        "use r#std::r#fs::read; //~\n",
        "extern crate std as s; //~\n",
        "fn f() -> Vec<u8> { <std::fs::File as ToString>::to_string(&file).into() } //~\n",
    ];
    for (number, text) in texts.iter().enumerate() {
        is_refused(&format!("std-{number}"), "", text);
    }
}
