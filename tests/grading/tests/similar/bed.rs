//! The known answers as a test bed.
//!
//! The solution and the designs of an exercise are right answers that were written apart. The bugs
//! are copies of them with a small change, and the disguises are copies that a program has changed
//! as much as it could.
//!
//! Who changes one of them may have to change the sets below: look at both texts first.

use std::collections::BTreeSet;

use grading::similar::common::Published;
use grading::similar::compare;

use crate::given::{ALL, Known, answer, are_alike, pairs};

#[test]
fn every_copy_is_found_where_the_stub_is_left_out() {
    assert_eq!(missed(|known, _| known.only_stub()), BTreeSet::new());
}

/// Not found are some that are changed in all ways at once, with a statement of dead code after
/// every third, and copies of one design that has little of its own: two thirds of it are in others.
#[test]
fn nearly_every_copy_is_found_where_other_published_answers_are_left_out() {
    let published = |known: &Known, base: &str| known.published_but(&[base]);
    let expected = [
        "2-worker-pool: everything of unfinished-count",
        "3-parallel-handler: bugs/join-all-of-everything of semaphore",
        "3-parallel-handler: bugs/permit-in-a-condition of semaphore",
        "3-parallel-handler: everything of channel",
        "3-parallel-handler: everything of poll-fn",
        "3-parallel-handler: everything of pulling-workers",
        "3-parallel-handler: everything of semaphore",
        "3-parallel-handler: extracted of semaphore",
        "3-parallel-handler: inlined of semaphore",
        "3-parallel-handler: much of semaphore",
        "4-semaphore: everything of bounded-channel",
        "4-semaphore: everything of tickets",
    ];
    assert_eq!(missed(published), expected.map(str::to_owned).into());
}

/// These are of one hand: the second of each pair was written with the first one at hand.
#[test]
fn independent_answers_are_alike_only_where_they_share_code() {
    let mut listed = BTreeSet::new();
    for known in &*ALL {
        let answers: Vec<_> = known.answers.iter().collect();
        for (at, (one, text)) in answers.iter().enumerate() {
            for (other, other_text) in &answers[at + 1..] {
                let published = known.published_but(&[one, other]);
                let findings = compare(&published, &[answer(one, text), answer(other, other_text)]);
                listed.extend(
                    pairs(&findings).iter().map(|pair| format!("{}: {pair}", known.folder)),
                );
            }
        }
    }
    let expected = [
        "1-retry: select-and-timeout ~ solution",
        "2-worker-pool: two-semaphores ~ unfinished-count",
        "3-parallel-handler: buffer-unordered ~ results-by-index",
        "3-parallel-handler: futures-unordered ~ token-between-rounds",
        "4-semaphore: async-functions ~ promised-by-position",
    ];
    assert_eq!(listed, expected.map(str::to_owned).into());
}

/// The copies that are not found to be like what they were made from.
fn missed(published: impl Fn(&Known, &str) -> Published) -> BTreeSet<String> {
    let mut missed = BTreeSet::new();
    for known in &*ALL {
        for (base, text) in &known.answers {
            let published = published(known, base);
            let copies: Vec<_> = known.copies[base].iter().collect();
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
    missed
}
