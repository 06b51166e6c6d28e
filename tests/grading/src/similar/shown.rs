//! Which pairs are shown side by side.

use std::collections::HashSet;

use super::findings::{Group, Pair};

/// Of a group with more pairs, each text is shown beside the one that it is most like.
const ALL_PAIRS: usize = 10;
/// Nobody looks at more, and a browser could not show them.
const MAX_PAIRS: usize = 200;

/// The pairs that are shown: in each group at least those that are most alike.
pub fn shown(groups: &mut [Group]) -> impl Iterator<Item = &mut Pair> {
    groups.iter_mut().flat_map(of_group).take(MAX_PAIRS)
}

fn of_group(group: &mut Group) -> impl Iterator<Item = &mut Pair> {
    let are_few = group.pairs.len() <= ALL_PAIRS;
    let mut seen = HashSet::new();
    group.pairs.iter_mut().filter(move |pair| {
        let is_new = pair.texts.map(|text| seen.insert(text));
        are_few || is_new.contains(&true)
    })
}
