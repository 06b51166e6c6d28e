//! Learners whose answers are alike, directly or in a chain.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::findings::{Group, Pair, Text};

/// Puts learners whose answers are alike into groups: those with copies first, then those with the
/// pair that is most alike. `copies` are the texts that several learners have handed in, and
/// `pairs` begins with the most alike.
pub fn groups(texts: &[Text], copies: &[usize], pairs: Vec<Pair>) -> Vec<Group> {
    let mut leaders = Leaders::default();
    for &text in copies {
        leaders.join(texts[text].learners());
    }
    for pair in &pairs {
        leaders.join(pair.texts.into_iter().flat_map(|text| texts[text].learners()));
    }

    let mut groups = BTreeMap::<&str, Group>::new();
    for &learner in leaders.0.keys() {
        groups.entry(leaders.of(learner)).or_default().learners.push(learner.to_owned());
    }
    let leader_of = |text: usize| texts[text].learners().next().map(|first| leaders.of(first));
    for &text in copies {
        let group = leader_of(text).and_then(|leader| groups.get_mut(leader));
        group.expect("its learners were joined").copies.push(text);
    }
    for pair in pairs {
        let group = leader_of(pair.texts[0]).and_then(|leader| groups.get_mut(leader));
        group.expect("its learners were joined").pairs.push(pair);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        let strength = group.pairs.first().map(Pair::strength);
        (group.copies.is_empty(), Reverse(strength), group.learners.clone())
    });
    groups
}

/// Of each learner, another one of the same group, or the learner if they lead it.
#[derive(Default)]
struct Leaders<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Leaders<'a> {
    fn of(&self, mut learner: &'a str) -> &'a str {
        while let Some(&next) = self.0.get(learner).filter(|&&next| next != learner) {
            learner = next;
        }
        learner
    }

    /// Makes one group of the groups of these learners. The first by name leads it.
    fn join(&mut self, learners: impl Iterator<Item = &'a str>) {
        let mut leaders = BTreeSet::new();
        for learner in learners {
            self.0.entry(learner).or_insert(learner);
            leaders.insert(self.of(learner));
        }
        if let Some(&first) = leaders.first() {
            self.0.extend(leaders.iter().map(|&leader| (leader, first)));
        }
    }
}
