//! The code that answers have in common with good reason: it is given, or many have it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::Arc;

use workbook::answer::Owner;
use workbook::exercise::Exercise;
use workbook::{Fault, Workbook, known};

use super::fingerprints::grams;
use super::texts::{Distinct, by_learner};
use super::tokens::tokens;

/// Code that no more learners than this have is never left out for that, however small the class.
pub const FEW_LEARNERS: usize = 10;
/// In a larger class, that many are one learner in ten.
pub const FEW_IN: usize = 10;

/// What everybody can read of an exercise: the stub, the solution and the designs.
#[derive(Debug)]
pub struct Published {
    stub: HashSet<u64>,
    /// The names of the answers.
    names: Vec<String>,
    /// The answers that a gram is in, by their places among the names.
    answers: HashMap<u64, Vec<usize>>,
}

impl Published {
    /// The text of the stub, and the right answers that everybody can read, by name.
    pub fn new<'a>(stub: &str, answers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let set = |text: &str| grams(&tokens(text)).into_iter().collect();
        let mut published = Self { stub: set(stub), names: Vec::new(), answers: HashMap::new() };
        for (place, (name, text)) in answers.into_iter().enumerate() {
            published.names.push(name.to_owned());
            for gram in set(text) {
                published.answers.entry(gram).or_default().push(place);
            }
        }
        published
    }

    /// What the workbook has of an exercise.
    ///
    /// # Errors
    ///
    /// If one of the files cannot be read.
    pub fn of(workbook: &Workbook, exercise: &Arc<Exercise>) -> Result<Self, Fault> {
        let path = exercise.stub();
        let stub = fs::read_to_string(&path).map_err(Fault::of(path.display()))?;
        let path = workbook.answer(exercise, Owner::Workbook).path();
        let solution = fs::read_to_string(&path).map_err(Fault::of(path.display()))?;
        let designs = known::designs(exercise)?;
        let designs = designs.iter().map(|(name, text)| (&**name, &**text));
        Ok(Self::new(&stub, [("solution", &*solution)].into_iter().chain(designs)))
    }

    /// Whether a gram is in the stub.
    pub fn is_in_stub(&self, gram: u64) -> bool {
        self.stub.contains(&gram)
    }

    /// Whether a gram is in an answer.
    pub fn is_in_answer(&self, gram: u64) -> bool {
        self.answers.contains_key(&gram)
    }

    /// The answer that most of these grams are in, and how many that are.
    pub fn nearest(&self, grams: &[u64]) -> Option<(&str, usize)> {
        let mut counts = vec![0; self.names.len()];
        for place in grams.iter().filter_map(|gram| self.answers.get(gram)).flatten() {
            counts[*place] += 1;
        }
        let counts = self.names.iter().map(String::as_str).zip(counts);
        // Of several, the first.
        counts.rev().max_by_key(|&(_, count)| count)
    }
}

/// The grams that more than a few learners have, and so say little about two of them.
pub fn widespread(texts: &[Distinct<'_>]) -> HashSet<u64> {
    let by_learner = by_learner(texts);
    let few = FEW_LEARNERS.max(by_learner.len() / FEW_IN);
    let mut counts = HashMap::<u64, usize>::new();
    for places in by_learner.values() {
        let grams: HashSet<u64> = places.iter().flat_map(|&at| &texts[at].grams).copied().collect();
        for gram in grams {
            *counts.entry(gram).or_default() += 1;
        }
    }
    counts.into_iter().filter(|&(_, count)| count > few).map(|(gram, _)| gram).collect()
}
