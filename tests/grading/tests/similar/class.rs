//! What is said about a class.

use std::collections::{BTreeMap, BTreeSet};

use grading::similar::findings::Findings;
use grading::similar::{compare, compare_class};
use grading::submission::{Attempt, Class, Learner};
use workbook::Workbook;

use crate::given::{Known, answer, attempt, pairs, semaphore};

/// What is known of an exercise, and the design that learners hand in as their own.
fn given() -> (&'static Known, &'static str) {
    let known = semaphore();
    (known, &known.answers["tickets"])
}

fn learners(findings: &Findings, texts: &[usize]) -> Vec<String> {
    let learners = texts.iter().flat_map(|&text| findings.texts[text].learners());
    learners.map(str::to_owned).collect()
}

#[test]
fn copies_are_one_text_and_come_first() {
    let (known, tickets) = given();
    let commented = format!("// My own work!\n{}", tickets.replace("    ", "\t"));
    let answers = [
        answer("ada", &known.answers["slab"]),
        answer("bob", &known.copies["slab"]["renamed"]),
        answer("cleo", tickets),
        answer("dan", &commented),
        answer("eve", tickets),
    ];
    let findings = compare(&known.only_stub(), &answers);
    let groups: Vec<_> = findings.groups.iter().map(|group| group.learners.join(" ")).collect();
    assert_eq!(groups, ["cleo dan eve", "ada bob"]);
    let [copies] = findings.groups[0].copies[..] else { panic!("{:?}", findings.groups) };
    assert_eq!(learners(&findings, &[copies]), ["cleo", "dan", "eve"]);
    assert!(!findings.texts[copies].is_one_file, "dan has other comments");
    assert_eq!(findings.texts.len(), 3);

    let findings = compare(&known.only_stub(), &[answers[2].clone(), answers[4].clone()]);
    assert!(findings.texts[0].is_one_file);
}

#[test]
fn attempts_of_one_learner_are_not_compared() {
    let (known, tickets) = given();
    let renamed = &known.copies["tickets"]["renamed"];
    let answers = [
        attempt("ada", 1, tickets),
        attempt("ada", 2, renamed),
        attempt("ada", 3, tickets),
        attempt("bob", 1, &known.answers["slab"]),
    ];
    let findings = compare(&known.only_stub(), &answers);
    assert_eq!(findings.groups.len(), 0, "{:?}", findings.groups);
    assert_eq!((findings.learners, findings.answers), (2, 4));
}

#[test]
fn two_learners_are_one_pair_by_their_attempts_that_are_most_alike() {
    let (known, tickets) = given();
    let copies = &known.copies["tickets"];
    let answers = [
        attempt("ada", 1, tickets),
        attempt("ada", 2, &copies["extracted"]),
        attempt("bob", 1, &copies["padded-2"]),
        attempt("bob", 2, &copies["renamed"]),
    ];
    let findings = compare(&known.only_stub(), &answers);
    assert_eq!(pairs(&findings), ["ada ~ bob".to_owned()].into());
    let [pair] = &findings.groups[0].pairs[..] else { panic!("{:?}", findings.groups) };
    let found = pair.texts.map(|text| &*findings.texts[text].handed_in[0].found);
    assert_eq!(found, ["ada/1/semaphore.rs", "bob/2/semaphore.rs"]);
}

#[test]
fn a_chain_of_pairs_is_one_group() {
    let (known, tickets) = given();
    let slab = &known.answers["slab"];
    let answers = [
        answer("ada", tickets),
        answer("bob", &format!("{tickets}\nmod more {{ {slab} }}")),
        answer("cleo", slab),
    ];
    let findings = compare(&known.only_stub(), &answers);
    assert_eq!(pairs(&findings), ["ada ~ bob", "bob ~ cleo"].map(str::to_owned).into());
    assert_eq!(findings.groups.len(), 1);
    assert_eq!(findings.groups[0].learners, ["ada", "bob", "cleo"]);
}

#[test]
fn what_is_published_makes_no_pair_but_is_said() {
    let (known, tickets) = given();
    let published = known.published_but(&[]);
    let renamed = &known.copies["tickets"]["renamed"];
    let answers = [answer("ada", tickets), answer("bob", renamed), answer("cleo", tickets)];
    let findings = compare(&published, &answers);
    assert_eq!(findings.groups.len(), 0, "{:?}", findings.groups);
    let like: Vec<_> = findings.like_published.iter().collect();
    let said: Vec<_> = like.iter().map(|like| (&*like.published, like.percent)).collect();
    assert_eq!(said, [("tickets", 100), ("tickets", 100)]);
    assert_eq!(learners(&findings, &[like[0].text]), ["ada", "cleo"]);
}

#[test]
fn a_copy_of_a_changed_solution_is_a_copy() {
    let (known, _) = given();
    let changed = format!("{}\n{}", known.answers["solution"], own_code());
    let answers = [answer("ada", &changed), answer("bob", &changed)];
    let findings = compare(&known.published_but(&[]), &answers);
    assert_eq!(findings.groups.len(), 1);
    assert_eq!(findings.like_published.len(), 1);
}

#[test]
fn an_answer_that_is_little_more_than_the_stub_is_not_compared() {
    let (known, _) = given();
    let begun = known.stub.replace("todo!(\"count the free permits\")", "self.free");
    assert_ne!(begun, known.stub);
    let answers = [
        answer("ada", &known.stub),
        answer("bob", &begun),
        answer("cleo", &begun),
        answer("dan", ""),
    ];
    let findings = compare(&known.published_but(&[]), &answers);
    assert_eq!(findings.groups.len(), 0, "{:?}", findings.groups);
    assert_eq!(learners(&findings, &findings.too_short), ["ada", "bob", "cleo", "dan"]);
}

/// Ten learners may have been copied from one; eleven have been told the same.
#[test]
fn what_many_learners_have_makes_no_pair_but_is_said() {
    let (known, tickets) = given();
    let class = |count: usize| {
        let own = |at: usize| format!("{tickets}\nconst A: [u8; {at}] = [{}];", "0, ".repeat(at));
        let answers: Vec<_> = (0..count).map(|at| answer(&format!("l{at:02}"), &own(at))).collect();
        compare(&known.only_stub(), &answers)
    };
    let findings = class(10);
    assert_eq!(findings.groups.len(), 1);
    assert_eq!(findings.groups[0].pairs.len(), 45);
    assert_eq!(findings.widespread, [0; 0]);

    let findings = class(11);
    assert_eq!(findings.groups.len(), 0, "{:?}", findings.groups);
    assert_eq!(findings.widespread.len(), 11);
}

#[test]
fn the_outcome_does_not_depend_on_the_order() {
    let (known, _) = given();
    let mut answers: Vec<_> = known
        .answers
        .iter()
        .map(|(name, text)| answer(name, text))
        .chain(known.copies["slab"].iter().take(8).map(|(name, text)| answer(name, text)))
        .collect();
    let outcome = |answers: &[_]| {
        let findings = compare(&known.only_stub(), answers);
        let group =
            |group: &grading::similar::findings::Group| (group.learners.clone(), group.pairs.len());
        (findings.groups.iter().map(group).collect::<Vec<_>>(), pairs(&findings).len())
    };
    let expected = outcome(&answers);
    fastrand::Rng::with_seed(7).shuffle(&mut answers);
    assert_eq!(outcome(&answers), expected);
    let again = [0, 1]
        .map(|_| serde_json::to_string(&compare(&known.only_stub(), &answers)).expect("JSON"));
    assert_eq!(again[0], again[1]);
}

#[test]
fn any_text_can_be_handed_in() {
    let (known, tickets) = given();
    let hostile = [
        "\"an open string".to_owned(),
        "/* an open comment".to_owned(),
        "#[".repeat(5000),
        "use ".repeat(5000),
        ";".repeat(50_000),
        "{".repeat(5000),
        "\0\u{202e}é\r\n".repeat(100),
        format!("{tickets}\""),
    ];
    let mut answers: Vec<_> =
        hostile.iter().enumerate().map(|(at, text)| answer(&format!("eve{at}"), text)).collect();
    answers.push(answer("ada", tickets));
    let findings = compare(&known.only_stub(), &answers);
    assert_eq!(pairs(&findings), BTreeSet::from(["eve7 ~ ada".to_owned()]));
}

/// Code that is in no known answer.
fn own_code() -> String {
    let function = |at: usize| {
        format!("fn own_{at}(a: [u8; 4]) -> u8 {{ a[0] * a[1] % a[2] ^ (a[3] << {at}) | !a[1] }}\n")
    };
    (0..4).map(function).collect()
}

#[test]
fn a_note_names_its_learner_once_and_is_there_once() {
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let exercise = workbook.find("exercise-4").expect("it is there").exercise;
    let unreadable = |found: &str, why: &str, notes: &[&str]| {
        let (found, answer) = (found.to_owned(), Err(why.to_owned()));
        let attempt = Attempt { found, handed_in: None, late: false, answer };
        let notes = notes.iter().map(|&note| note.to_owned()).collect();
        Learner { attempts: BTreeMap::from([(4, vec![attempt])]), notes, ..Learner::default() }
    };
    let damaged = "11_ada.zip: damaged";
    let ada = unreadable("11_ada.zip", &format!("expected semaphore.rs; {damaged}"), &[damaged]);
    let gus = unreadable("gus", "found handler.rs", &["gus/x: too large", "called twice"]);
    let learners = [("ada", ada), ("gus", gus)].map(|(id, learner)| (id.to_owned(), learner));
    let class = Class { learners: learners.into(), notes: Vec::new() };
    let similar = compare_class(&workbook, &[exercise], &class).expect("nothing is read");
    let not_readable =
        ["ada: 11_ada.zip: expected semaphore.rs; 11_ada.zip: damaged", "gus: found handler.rs"];
    assert_eq!(similar.exercises[0].notes, not_readable);
    assert_eq!(similar.notes, ["gus/x: too large", "gus: called twice"]);
}
