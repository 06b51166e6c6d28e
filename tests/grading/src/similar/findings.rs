//! What is alike among the answers to an exercise, as data.

use std::ops::Range;

use serde::Serialize;

use super::texts::Distinct;

/// What is alike among the answers to one exercise.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// How many learners have handed in an answer that can be read.
    pub learners: usize,
    /// How many answers they have handed in, with all attempts.
    pub answers: usize,
    /// The different texts. Answers that differ in comments and layout alone are one text.
    pub texts: Vec<Text>,
    /// Learners whose answers are alike. Nobody is in two groups.
    pub groups: Vec<Group>,
    /// The texts that are much like an answer that everybody can read, the most alike first.
    pub like_published: Vec<LikePublished>,
    /// The texts that are mostly code which many learners have, by their places: that code is left
    /// out.
    pub widespread: Vec<usize>,
    /// The texts that are too short to be compared, by their places: not much more than the stub.
    pub too_short: Vec<usize>,
}

/// A text that was handed in.
#[derive(Debug, Serialize)]
pub struct Text {
    /// The first file of each learner who has handed it in.
    pub handed_in: Vec<HandedIn>,
    /// Whether these files are the same to the last byte.
    pub is_one_file: bool,
    /// What is in the first of them.
    #[serde(skip)]
    pub text: String,
    /// The bytes of it that are left out of the comparison, if it is shown.
    #[serde(skip)]
    pub left_out: Vec<Range<usize>>,
}

/// Who has handed in an answer, and in which file.
#[derive(Clone, Debug, Serialize)]
pub struct HandedIn {
    /// The learner's id.
    pub learner: String,
    /// The file, relative to the folder of submissions.
    pub found: String,
}

/// Learners whose answers are alike, directly or in a chain.
#[derive(Debug, Default, Serialize)]
pub struct Group {
    /// Their ids.
    pub learners: Vec<String>,
    /// The texts that several of them have handed in, by their places among the texts.
    pub copies: Vec<usize>,
    /// The pairs of texts that are alike, the most alike first.
    pub pairs: Vec<Pair>,
}

/// Two texts that are alike.
#[derive(Debug, Serialize)]
pub struct Pair {
    /// Their places among the texts.
    pub texts: [usize; 2],
    /// How much of the first is in the second, and of the second in the first: in percent of the
    /// fingerprints that are not left out.
    pub percent: [usize; 2],
    /// How many fingerprints they have in common.
    pub fingerprints: usize,
    /// The places that they have in common, in the order of the first. Empty if the pair is not
    /// shown side by side: in a large group, only those are that are most alike.
    pub runs: Vec<Run>,
}

/// A run of tokens that two texts have in common.
#[derive(Debug, Serialize)]
pub struct Run {
    /// Its first and its last line in each, from 1.
    pub lines: [[usize; 2]; 2],
    /// How many tokens it has.
    pub tokens: usize,
    /// Its bytes in each.
    #[serde(skip)]
    pub at: [Range<usize>; 2],
}

/// A text that is much like an answer that everybody can read.
#[derive(Debug, Serialize)]
pub struct LikePublished {
    /// Its place among the texts.
    pub text: usize,
    /// `solution`, or the name of a design.
    pub published: String,
    /// How much of the text is in that answer: in percent of the fingerprints that are not in the
    /// stub.
    pub percent: usize,
}

impl Text {
    pub(super) fn new(text: &Distinct<'_>) -> Self {
        Self {
            handed_in: text.handed_in.iter().map(|&handed_in| handed_in.clone()).collect(),
            is_one_file: text.is_one_file,
            text: text.text.to_owned(),
            left_out: Vec::new(),
        }
    }

    /// In what it is the same for all who have handed it in.
    pub fn same(&self) -> &'static str {
        if self.is_one_file { "the same file" } else { "the same but for comments and layout" }
    }

    /// The learner's id, and how many others there are.
    pub fn name(&self) -> String {
        let first = self.learners().next().unwrap_or_default();
        match self.handed_in.len() {
            0 | 1 => first.to_owned(),
            more => format!("{first} (and {} more)", more - 1),
        }
    }

    /// The ids of those who have handed it in.
    pub fn learners(&self) -> impl Iterator<Item = &str> {
        self.handed_in.iter().map(|handed_in| &*handed_in.learner)
    }
}

impl Pair {
    /// How much of one is in the other, in percent of the one of which that is more.
    pub fn strength(&self) -> usize {
        self.percent[0].max(self.percent[1])
    }

    /// How many lines the longest run has, in the text where it has more.
    pub fn longest(&self) -> usize {
        let lines = self.runs.iter().flat_map(|run| run.lines);
        lines.map(|[first, last]| last + 1 - first).max().unwrap_or(0)
    }
}
