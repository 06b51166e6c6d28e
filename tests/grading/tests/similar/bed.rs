//! The known answers as a test bed.
//!
//! The solution and the designs of an exercise are right answers that were written apart. The bugs
//! are copies of them with a small change, and the disguises are copies that a program has changed
//! as much as it could.

use std::collections::BTreeSet;

use grading::similar::common::Published;
use grading::similar::compare;

use crate::given::{ALL, Known, answer, are_alike, pairs};

#[test]
fn nearly_every_copy_is_found_where_the_stub_is_left_out() {
    let (missed, of) = missed(|known, _| known.only_stub());
    assert!(missed.len() * 100 <= of, "{} of {of} are missed: {missed:#?}", missed.len());
}

/// Not found are mostly copies that are changed in all ways at once, with a statement of dead code
/// after every third, and copies of an answer that has little of its own: the more answers are
/// published, the more there are of these.
#[test]
fn most_copies_are_found_where_other_published_answers_are_left_out() {
    let (missed, of) = missed(|known, base| known.published_but(&[base]));
    assert!(missed.len() * 20 <= of, "{} of {of} are missed: {missed:#?}", missed.len());
}

/// Some are of one hand: the second of such a pair was written with the first one at hand.
#[test]
fn few_independent_answers_are_alike() {
    let (mut listed, mut of) = (BTreeSet::new(), 0);
    for known in &*ALL {
        let answers: Vec<_> = known.answers.iter().collect();
        for (at, (one, text)) in answers.iter().enumerate() {
            for (other, other_text) in &answers[at + 1..] {
                let published = known.published_but(&[one, other]);
                let findings = compare(&published, &[answer(one, text), answer(other, other_text)]);
                listed.extend(
                    pairs(&findings).iter().map(|pair| format!("{}: {pair}", known.folder)),
                );
                of += 1;
            }
        }
    }
    assert!(listed.len() * 50 <= of, "{} of {of} are listed: {listed:#?}", listed.len());
}

/// The copies that are not found to be like what they were made from, and how many copies there are.
fn missed(published: impl Fn(&Known, &str) -> Published) -> (BTreeSet<String>, usize) {
    let (mut missed, mut of) = (BTreeSet::new(), 0);
    for known in &*ALL {
        for (base, text) in &known.answers {
            let published = published(known, base);
            let copies: Vec<_> = known.copies[base].iter().collect();
            of += copies.len();
            // So few learners that none of their code is left out since many have it.
            for copies in copies.chunks(9) {
                let answers = copies.iter().map(|(name, copy)| answer(name, copy));
                let answers: Vec<_> = [answer(base, text)].into_iter().chain(answers).collect();
                let findings = compare(&published, &answers);
                for (name, _) in copies {
                    if !are_alike(&findings, base, name) {
                        missed.insert(format!("{}: {name} of {base}", known.folder));
                    }
                }
            }
        }
    }
    (missed, of)
}
