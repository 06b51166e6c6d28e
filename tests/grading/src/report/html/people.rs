//! The learners as a page names them, and as it names them when it is shown in class.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use maud::{Markup, Render, html};
use workbook::Fault;

use super::text::{self, Text};
use crate::gradebook::Learner;
use crate::submission::sha256;

/// Shorter parts of names are parts of too many other words.
const SHORTEST: usize = 3;
/// And up to here, names in another case are words of code: `MAX` is no learner called `max`.
const SHORT: usize = 3;

/// The learners of a class.
pub(super) struct People<'a> {
    learners: &'a [Learner],
    /// What links to a learner, which says nothing about who it is.
    anchors: Vec<String>,
    /// What a learner is called where names are hidden. The numbers are in the order of the
    /// anchors: one in the order of the names would tell who is who.
    numbers: Vec<usize>,
    /// What tells who somebody is, in any case: whole names, ids and addresses.
    whole: AhoCorasick,
    /// And what does so only as it is written: the words of names, of which some are also other
    /// words, and what is short.
    words: AhoCorasick,
}

impl<'a> People<'a> {
    pub(super) fn new(learners: &'a [Learner]) -> Result<Self, Fault> {
        let anchors: Vec<String> = learners.iter().map(|learner| anchor(&learner.id)).collect();
        let mut order: Vec<usize> = (0..learners.len()).collect();
        order.sort_by_key(|&learner| &anchors[learner]);
        let mut numbers = vec![0; learners.len()];
        for (at, learner) in order.into_iter().enumerate() {
            numbers[learner] = at + 1;
        }

        let mut whole = Vec::new();
        let mut words = Vec::new();
        for Learner { id, name, email, .. } in learners {
            let address = email.iter().flat_map(|it| [Some(&**it), it.split('@').next()]);
            for known in [Some(&**id), name.as_deref()].into_iter().chain(address).flatten() {
                if known.chars().count() <= SHORT {
                    words.push(known.to_owned());
                } else {
                    // Only the case of ASCII is left aside by the search itself.
                    whole.extend([known.to_owned(), known.to_lowercase(), known.to_uppercase()]);
                }
            }
            words.extend(name.iter().flat_map(|it| it.split_whitespace()).map(str::to_owned));
        }
        Ok(Self {
            learners,
            anchors,
            numbers,
            whole: find(whole, true)?,
            words: find(words, false)?,
        })
    }

    /// The id of the element about a learner.
    pub(super) fn anchor(&self, learner: usize) -> &str {
        &self.anchors[learner]
    }

    /// The number of a learner where names are hidden.
    pub(super) fn number(&self, learner: usize) -> usize {
        self.numbers[learner]
    }

    /// A learner's name and id, and what is shown instead if names are hidden.
    pub(super) fn person(&self, learner: usize) -> Markup {
        let Learner { id, name, .. } = &self.learners[learner];
        html! {
            span.named {
                @if let Some(name) = name.as_ref().filter(|name| *name != id) {
                    bdi { (text::plain(name)) } " " bdi.id { (text::plain(id)) }
                } @else {
                    bdi { (text::plain(id)) }
                }
            }
            span.label { "Learner " (self.number(learner)) }
        }
    }

    /// A text of others, in which names can be hidden.
    pub(super) fn text(&self, text: &str) -> Markup {
        Text::new(text, self.mentioned(text)).render()
    }

    /// A sentence with code between backticks, in which names can be hidden.
    pub(super) fn prose(&self, text: &str) -> Markup {
        text::prose(text, |part| self.text(part))
    }

    /// Where a text says who somebody is, in order.
    fn mentioned(&self, text: &str) -> Vec<Range<usize>> {
        let found = [&self.whole, &self.words].into_iter();
        let found = found.flat_map(|names| names.find_overlapping_iter(text));
        let found = found.map(|found| found.range()).filter(|range| is_word(text, range));
        let mut found: Vec<Range<usize>> = found.collect();
        found.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in found {
            match merged.last_mut().filter(|last| range.start <= last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => merged.push(range),
            }
        }
        merged
    }
}

/// The same in each gradebook, so that a link stays good when others join the class.
fn anchor(id: &str) -> String {
    format!("k{}", &sha256(id.as_bytes())[..12])
}

fn find(mut names: Vec<String>, any_case: bool) -> Result<AhoCorasick, Fault> {
    names.retain(|name| name.chars().count() >= SHORTEST);
    names.sort();
    names.dedup();
    let search = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .ascii_case_insensitive(any_case)
        .build(names);
    search.map_err(Fault::of("the names of the learners"))
}

/// Whether a part of a text is a word, or a part of a name in code: `Ada` in `AdaLock`.
fn is_word(text: &str, &Range { start, end }: &Range<usize>) -> bool {
    let part = &text[start..end];
    let begins = match (text[..start].chars().next_back(), part.chars().next()) {
        (Some(before), Some(first)) => {
            !before.is_alphanumeric() || before.is_lowercase() && first.is_uppercase()
        }
        _ => true,
    };
    let ends = match (part.chars().next_back(), text[end..].chars().next()) {
        (Some(last), Some(after)) => {
            !after.is_alphanumeric() || last.is_lowercase() && after.is_uppercase()
        }
        _ => true,
    };
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learner(id: &str, name: &str, email: &str) -> Learner {
        Learner {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            notes: Vec::new(),
            grades: Vec::new(),
        }
    }

    #[test]
    fn whoever_is_mentioned_is_found() {
        let class = [
            learner("s123", "Élodie Will", "elodie.w@example.org"),
            learner("ann", "Ann Li", "ann@example.org"),
        ];
        let people = People::new(&class).expect("the names can be looked for");
        for (text, expected) in [
            ("struct AnnLock by S123", vec!["Ann", "S123"]),
            ("write to Elodie.W@example.org", vec!["Elodie.W@example.org"]),
            ("élodie will, ELODIE.W", vec!["élodie will", "ELODIE.W"]),
            ("a task will wait; Will asked; ann_lock", vec!["Will", "ann"]),
            ("annul, channel, s1234, Li", vec![]),
        ] {
            let found = people.mentioned(text).into_iter().map(|range| &text[range]);
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_short_name_in_another_case_is_code() {
        let class = [learner("max", "Max Lin", "max@example.org")];
        let people = People::new(&class).expect("the names can be looked for");
        for (text, expected) in [
            ("Duration::MAX, MAX_WAIT", vec![]),
            ("max_wait of Max, MAX LIN", vec!["max", "Max", "MAX LIN"]),
        ] {
            let found = people.mentioned(text).into_iter().map(|range| &text[range]);
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn labels_are_not_in_the_order_of_the_ids_and_anchors_stay() {
        let class: Vec<Learner> = ('a'..='z').map(|id| learner(&id.to_string(), "X", "")).collect();
        let people = People::new(&class).expect("the names can be looked for");
        let mut numbers = people.numbers.clone();
        assert_ne!(numbers, (1..=26).collect::<Vec<_>>());
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=26).collect::<Vec<_>>());
        let fewer = People::new(&class[3..]).expect("the names can be looked for");
        assert_eq!(people.anchor(3), fewer.anchor(0));
    }
}
