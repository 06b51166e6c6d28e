//! The pairs of texts that have much in common.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::findings::Pair;
use super::texts::Distinct;

/// Two texts are alike if so much of one of them is in the other, in percent of its fingerprints.
pub const ALIKE: usize = 35;
/// Fewer fingerprints are not enough to compare by. One line that is not in the stub makes up to
/// ten, since the grams that begin before it and those that end after it are new, too.
pub const MIN_FINGERPRINTS: usize = 12;

/// The pairs of texts that are alike, the most alike first, without their runs. `fingerprints` has
/// those of each text.
///
/// The texts of one learner are not paired. Where two learners have several texts that are alike,
/// the pair that is most alike stands for all.
pub fn alike(texts: &[Distinct<'_>], fingerprints: &[Vec<u64>]) -> Vec<Pair> {
    let mut pairs = with_much_in_common(fingerprints);
    pairs.sort_by_key(|pair| (Reverse(pair.strength()), Reverse(pair.fingerprints), pair.texts));
    let mut seen = HashSet::new();
    pairs.retain(|pair| {
        let [one, other] = pair.texts.map(|text| texts[text].learners().collect::<Vec<_>>());
        let are_others = one.iter().all(|learner| !other.contains(learner));
        are_others && seen.insert([one, other])
    });
    pairs
}

fn with_much_in_common(fingerprints: &[Vec<u64>]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    // The texts so far that have a fingerprint: only those that have one in common are paired.
    let mut holders = HashMap::<u64, Vec<usize>>::new();
    for (text, own) in fingerprints.iter().enumerate() {
        let mut common = BTreeMap::<usize, usize>::new();
        for &fingerprint in own {
            let holders = holders.entry(fingerprint).or_default();
            for &other in &*holders {
                *common.entry(other).or_default() += 1;
            }
            holders.push(text);
        }
        for (other, common) in common {
            let texts = [other, text];
            let percent = texts.map(|text| common * 100 / fingerprints[text].len());
            let pair = Pair { texts, percent, fingerprints: common, runs: Vec::new() };
            if common >= MIN_FINGERPRINTS && pair.strength() >= ALIKE {
                pairs.push(pair);
            }
        }
    }
    pairs
}
