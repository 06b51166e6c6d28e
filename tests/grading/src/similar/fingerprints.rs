//! The fingerprints of a text, chosen by winnowing.
//!
//! Each run of [`GRAM`] tokens has a hash, and the least of every [`WINDOW`] hashes in a row is a
//! fingerprint. So two texts that have a long run of tokens in common have a fingerprint in
//! common, wherever the run begins: see S. Schleimer, D. S. Wilkerson and A. Aiken, "Winnowing:
//! local algorithms for document fingerprinting", SIGMOD 2003.
//!
//! Both sizes were chosen with the tests' known answers. Shorter grams list more pairs of
//! independent answers, longer ones find fewer disguised copies.

use siphasher::sip::SipHasher13;

use super::tokens::Token;

/// How many tokens in a row are compared as one.
pub const GRAM: usize = 10;
/// How many grams in a row have one fingerprint at least.
pub const WINDOW: usize = 4;
/// Any common run of so many tokens is found.
pub const GUARANTEE: usize = WINDOW + GRAM - 1;

/// The hash of every [`GRAM`] tokens in a row. The hashes are the same on every machine.
pub fn grams(tokens: &[Token<'_>]) -> Vec<u64> {
    let mut classes = String::new();
    let mut starts = Vec::new();
    for token in tokens {
        starts.push(classes.len());
        classes += token.class;
        classes.push(' ');
    }
    starts.push(classes.len());
    let hash =
        |starts: &[usize]| SipHasher13::new().hash(&classes.as_bytes()[starts[0]..starts[GRAM]]);
    starts.windows(GRAM + 1).map(hash).collect()
}

/// The places of the fingerprints among the grams. A gram that is left out is no fingerprint; a
/// window where all are left out has none.
///
/// Of equal hashes, the one that the window before has chosen counts, else the last: so a text that
/// repeats itself has few fingerprints.
pub fn select(grams: &[u64], is_left_out: impl Fn(u64) -> bool) -> Vec<usize> {
    let counted: Vec<Option<u64>> =
        grams.iter().map(|&gram| (!is_left_out(gram)).then_some(gram)).collect();
    let mut selected: Vec<usize> = Vec::new();
    for start in 0..=counted.len().saturating_sub(WINDOW) {
        let window = start..counted.len().min(start + WINDOW);
        let candidates = window.clone().rev().filter_map(|at| Some((counted[at]?, at)));
        let Some((least, at)) = candidates.min_by_key(|&(gram, _)| gram) else { continue };
        let last = selected.last().filter(|last| window.contains(last));
        if last.is_none_or(|&last| counted[last] != Some(least)) {
            selected.push(at);
        }
    }
    selected
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CLASSES: [&str; 6] = ["name", "(", ")", ".", ";", "{"];

    fn text(random: &mut fastrand::Rng, length: usize) -> Vec<&'static str> {
        (0..length).map(|_| CLASSES[random.usize(..CLASSES.len())]).collect()
    }

    fn grams_of(classes: &[&'static str]) -> Vec<u64> {
        let tokens = classes.iter().map(|class| Token { class, at: 0..0 });
        grams(&tokens.collect::<Vec<_>>())
    }

    fn fingerprints(grams: &[u64], left_out: &HashSet<u64>) -> HashSet<u64> {
        let selected = select(grams, |gram| left_out.contains(&gram));
        selected.into_iter().map(|at| grams[at]).collect()
    }

    #[test]
    fn a_common_run_of_the_guaranteed_length_has_a_common_fingerprint() {
        for seed in 0..2000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let common_length = random.usize(GUARANTEE..3 * GUARANTEE);
            let common = text(&mut random, common_length);
            let texts = [0, 1].map(|_| {
                let (before, after) = (random.usize(..40), random.usize(..40));
                let around = text(&mut random, before + after);
                [&around[..before], &common, &around[before..]].concat()
            });
            let none = HashSet::new();
            let [one, other] = texts.map(|text| fingerprints(&grams_of(&text), &none));
            assert!(!one.is_disjoint(&other), "seed {seed}");
        }
    }

    #[test]
    fn a_common_run_is_found_unless_a_whole_window_of_it_is_left_out() {
        for seed in 0..2000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let common = text(&mut random, GUARANTEE);
            let texts = [0, 1].map(|_| {
                let (before, after) = (random.usize(..40), random.usize(..40));
                let around = text(&mut random, before + after);
                grams_of(&[&around[..before], &common, &around[before..]].concat())
            });
            let mut window = grams_of(&common);
            assert_eq!(window.len(), WINDOW);
            window.swap_remove(random.usize(..WINDOW));
            let left_out: HashSet<u64> = window.into_iter().collect();
            let [one, other] = texts.map(|grams| fingerprints(&grams, &left_out));
            assert!(one.is_disjoint(&left_out));
            assert!(!one.is_disjoint(&other), "seed {seed}");
        }
    }

    #[test]
    fn no_fingerprint_is_common_without_a_common_gram() {
        for seed in 0..200 {
            let mut random = fastrand::Rng::with_seed(seed);
            let [one, other] = [0, 1].map(|_| grams_of(&text(&mut random, 60)));
            let [all, rest] = [&one, &other].map(|grams| grams.iter().collect::<HashSet<_>>());
            let none = HashSet::new();
            let both = &fingerprints(&one, &none) & &fingerprints(&other, &none);
            assert!(both.iter().all(|gram| all.contains(gram) && rest.contains(gram)));
        }
    }

    #[test]
    fn a_text_that_repeats_itself_has_few_fingerprints() {
        let grams = grams_of(&["name"; 1000]);
        let selected = select(&grams, |_| false);
        assert!(selected.len() <= grams.len() / WINDOW + 1, "{}", selected.len());
        assert!(selected.windows(2).all(|pair| pair[1] - pair[0] <= WINDOW));
    }

    #[test]
    fn a_short_text_has_one_fingerprint_or_none() {
        assert_eq!(select(&grams_of(&["name"; GRAM - 1]), |_| false), [0_usize; 0]);
        assert_eq!(select(&grams_of(&["name"; GRAM]), |_| false), [0]);
    }

    /// So that the same submissions give the same pairs with any compiler and on any machine.
    #[test]
    fn the_hashes_stay_the_same() {
        assert_eq!(grams_of(&["name"; GRAM]), [13_104_154_935_834_385_367]);
    }
}
