//! Where the code of an answer may come from.

use std::collections::HashSet;

use super::common::Published;
use super::pairs::MIN_FINGERPRINTS;
use super::texts::Distinct;

/// A text is like a published answer if so much of it is in there, in percent of its fingerprints.
pub const LIKE_PUBLISHED: usize = 50;

/// How many fingerprints of a text are where. Those of the stub are not counted.
pub struct Origin<'a> {
    all: usize,
    /// In an answer that everybody can read.
    published: usize,
    /// In the one of these answers that has most of them.
    nearest: (&'a str, usize),
    /// In no such answer, and in those of many learners.
    widespread: usize,
}

/// Why there is little in a text to compare others by.
pub enum Mostly<'a> {
    /// It is short: not much more than the stub.
    Stub,
    /// It is an answer that everybody can read, to so many percent.
    Published(&'a str, usize),
    /// Many learners have the same code.
    Widespread,
}

impl<'a> Origin<'a> {
    pub fn of(text: &Distinct<'_>, published: &'a Published, widespread: &HashSet<u64>) -> Self {
        let all = text.fingerprints(|gram| published.is_in_stub(gram));
        let (known, others): (Vec<_>, Vec<_>) =
            all.iter().partition(|&&gram| published.is_in_answer(gram));
        Self {
            all: all.len(),
            published: known.len(),
            nearest: published.nearest(&all).unwrap_or_default(),
            widespread: others.iter().filter(|&gram| widespread.contains(gram)).count(),
        }
    }

    /// Whether two texts that are the same in this much are so because one was copied from the
    /// other, and not both from the stub or the same published answer.
    pub fn has_more_than_published(&self) -> bool {
        self.all - self.nearest.1 >= MIN_FINGERPRINTS
    }

    /// What the text mostly is, if that is not the learner's own.
    pub fn mostly(&self) -> Option<Mostly<'a>> {
        let own = self.all - self.published - self.widespread;
        let (name, in_nearest) = self.nearest;
        let percent = in_nearest * 100 / self.all.max(1);
        if self.all < MIN_FINGERPRINTS {
            Some(Mostly::Stub)
        } else if percent >= LIKE_PUBLISHED
            || own < MIN_FINGERPRINTS && self.published > self.widespread
        {
            Some(Mostly::Published(name, percent))
        } else if own < MIN_FINGERPRINTS || own < self.widespread {
            Some(Mostly::Widespread)
        } else {
            None
        }
    }
}
