//! The texts that a class has handed in, each of them once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::findings::HandedIn;
use super::fingerprints::{GRAM, grams, select};
use super::tokens::tokens;

/// An answer that was handed in.
#[derive(Clone, Debug)]
pub struct Answer {
    /// By whom, and in which file.
    pub handed_in: HandedIn,
    /// What is in the file.
    pub text: String,
}

/// A text, and who has handed it in.
pub struct Distinct<'a> {
    /// The first file of each learner that has this text.
    pub handed_in: Vec<&'a HandedIn>,
    /// Whether the files are the same to the last byte, and not only but for comments and layout.
    pub is_one_file: bool,
    /// What is in the first file.
    pub text: &'a str,
    /// The grams of the text.
    pub grams: Vec<u64>,
}

/// Answers that differ in comments and layout alone are one text.
pub fn distinct(answers: &[Answer]) -> Vec<Distinct<'_>> {
    let mut texts: Vec<Distinct<'_>> = Vec::new();
    let mut places = HashMap::new();
    for answer in answers {
        let tokens = tokens(&answer.text);
        let words: Vec<&str> = tokens.iter().map(|token| &answer.text[token.at.clone()]).collect();
        let place = *places.entry(words).or_insert(texts.len());
        let Some(text) = texts.get_mut(place) else {
            texts.push(Distinct {
                handed_in: vec![&answer.handed_in],
                is_one_file: true,
                text: &answer.text,
                grams: grams(&tokens),
            });
            continue;
        };
        text.is_one_file &= text.text == answer.text;
        if text.learners().all(|learner| learner != answer.handed_in.learner) {
            text.handed_in.push(&answer.handed_in);
        }
    }
    texts
}

/// The texts of each learner, by their places.
pub fn by_learner<'a>(texts: &'a [Distinct<'a>]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut by_learner = BTreeMap::<_, Vec<_>>::new();
    for (place, text) in texts.iter().enumerate() {
        for learner in text.learners() {
            by_learner.entry(learner).or_default().push(place);
        }
    }
    by_learner
}

impl<'a> Distinct<'a> {
    /// Who has handed it in.
    pub fn learners(&self) -> impl Iterator<Item = &'a str> {
        self.handed_in.iter().map(|handed_in| &*handed_in.learner)
    }

    /// The different fingerprints of the text, in order.
    pub fn fingerprints(&self, is_left_out: impl Fn(u64) -> bool) -> Vec<u64> {
        let selected = select(&self.grams, is_left_out).into_iter().map(|at| self.grams[at]);
        selected.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The bytes of the text that are in no gram that counts.
    pub fn left_out(&self, is_left_out: impl Fn(u64) -> bool) -> Vec<Range<usize>> {
        let tokens = tokens(self.text);
        let mut counts = vec![false; tokens.len()];
        for (at, _) in self.grams.iter().enumerate().filter(|&(_, &gram)| !is_left_out(gram)) {
            counts[at..at + GRAM].fill(true);
        }
        let places: Vec<usize> = (0..tokens.len()).filter(|&at| !counts[at]).collect();
        let ranges = places.chunk_by(|one, next| one + 1 == *next);
        ranges
            .map(|range| tokens[range[0]].at.start..tokens[range[range.len() - 1]].at.end)
            .collect()
    }
}
