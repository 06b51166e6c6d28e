//! The places that two texts have in common.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use super::findings::Run;
use super::fingerprints::{GRAM, grams};
use super::tokens::{Token, tokens};

/// A gram that is more often in a text begins runs at so many of its places. A text that repeats
/// itself would else take very long.
const MAX_PLACES: usize = 8;

/// The runs of tokens that two texts have in common, as long as they can be, in the order of the
/// first text. No token is in two of them. `is_fingerprint` says which grams a run begins to grow
/// from; it ends at both sides with one that `is_left_out` is false for.
pub fn common_runs(
    texts: [&str; 2],
    is_fingerprint: impl Fn(u64) -> bool,
    is_left_out: impl Fn(u64) -> bool,
) -> Vec<Run> {
    let tokens = texts.map(tokens);
    let grams = [grams(&tokens[0]), grams(&tokens[1])];
    let mut matches = Vec::new();
    // By the distance between the two places: where the last match ends in the first text.
    let mut ends = HashMap::new();
    for starts in seeds(&grams, is_fingerprint) {
        let distance = starts[1].cast_signed() - starts[0].cast_signed();
        if ends.get(&distance).is_none_or(|&end| starts[0] >= end) {
            let found = Match::around(&grams, starts);
            ends.insert(distance, found.starts[0] + found.grams);
            matches.push(found.trimmed(&grams[0], &is_left_out));
        }
    }
    matches.sort_by_key(|found| (Reverse(found.grams), found.starts));

    let mut is_used = [0, 1].map(|side: usize| vec![false; tokens[side].len()]);
    let mut runs = Vec::new();
    for found in matches {
        for run in found.unused(&mut is_used) {
            runs.push(run);
        }
    }
    runs.sort_by_key(|run| run.starts);
    let lines = texts.map(Lines::of);
    let run = |run: TokenRun| {
        let at = [0, 1].map(|side| run.bytes(&tokens[side], side));
        let lines = [0, 1].map(|side| lines[side].of_bytes(&at[side]));
        Run { lines, tokens: run.length, at }
    };
    runs.into_iter().map(run).collect()
}

/// The places of a gram in both texts, by those in the first.
fn seeds(grams: &[Vec<u64>; 2], is_fingerprint: impl Fn(u64) -> bool) -> Vec<[usize; 2]> {
    let mut places = HashMap::<u64, [Vec<usize>; 2]>::new();
    for (side, grams) in grams.iter().enumerate() {
        for (at, &gram) in grams.iter().enumerate().filter(|&(_, &gram)| is_fingerprint(gram)) {
            let places = &mut places.entry(gram).or_default()[side];
            if places.len() < MAX_PLACES {
                places.push(at);
            }
        }
    }
    let pairs = places.into_values().flat_map(|[ones, others]| {
        let pair = move |one| others.clone().into_iter().map(move |other| [one, other]);
        ones.into_iter().flat_map(pair)
    });
    let mut seeds: Vec<_> = pairs.collect();
    seeds.sort_unstable();
    seeds
}

/// Grams in a row that are the same in both texts.
struct Match {
    starts: [usize; 2],
    grams: usize,
}

impl Match {
    /// The longest one that has these places in it.
    fn around([one, other]: &[Vec<u64>; 2], [start, start_other]: [usize; 2]) -> Self {
        let before = one[..start].iter().rev().zip(other[..start_other].iter().rev());
        let before = before.take_while(|(one, other)| one == other).count();
        let after = one[start..].iter().zip(&other[start_other..]);
        let after = after.take_while(|(one, other)| one == other).count();
        Self { starts: [start - before, start_other - before], grams: before + after }
    }

    /// Without what is left out, at both ends.
    fn trimmed(self, grams: &[u64], is_left_out: impl Fn(u64) -> bool) -> Self {
        let grams = &grams[self.starts[0]..][..self.grams];
        let counts = |gram: &u64| !is_left_out(*gram);
        let first = grams.iter().position(counts).unwrap_or(0);
        let last = grams.iter().rposition(counts).unwrap_or(0);
        Self { starts: self.starts.map(|start| start + first), grams: last + 1 - first }
    }

    /// The parts of it, at least a gram long, that are in no other run yet. They are used then.
    fn unused(&self, is_used: &mut [Vec<bool>; 2]) -> Vec<TokenRun> {
        let mut runs = Vec::new();
        let length = self.grams + GRAM - 1;
        let mut begin = 0;
        for at in 0..=length {
            let is_free = |side: usize| !is_used[side][self.starts[side] + at];
            if at < length && is_free(0) && is_free(1) {
                continue;
            }
            if at - begin >= GRAM {
                let starts = self.starts.map(|start| start + begin);
                runs.push(TokenRun { starts, length: at - begin });
            }
            begin = at + 1;
        }
        for run in &runs {
            for (side, is_used) in is_used.iter_mut().enumerate() {
                is_used[run.starts[side]..][..run.length].fill(true);
            }
        }
        runs
    }
}

/// Tokens in a row that are the same in both texts.
struct TokenRun {
    starts: [usize; 2],
    length: usize,
}

impl TokenRun {
    fn bytes(&self, tokens: &[Token<'_>], side: usize) -> Range<usize> {
        let tokens = &tokens[self.starts[side]..][..self.length];
        tokens[0].at.start..tokens[self.length - 1].at.end
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        Self(std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect())
    }

    /// The first and the last line of some bytes, from 1.
    fn of_bytes(&self, bytes: &Range<usize>) -> [usize; 2] {
        [bytes.start, bytes.end - 1].map(|at| self.0.partition_point(|&start| start <= at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &str = "fn wait(&self) {\n    let n = self.lock();\n    n.free += 1;\n}\n";

    fn found(one: &str, other: &str) -> Vec<Run> {
        common_runs([one, other], |_| true, |_| false)
    }

    #[test]
    fn a_run_has_its_lines_in_both_texts() {
        let other = format!("// a comment\nconst A: u8 = 1;\n\n{FUNCTION}struct A;");
        let runs = found(FUNCTION, &other);
        assert_eq!(runs.len(), 1, "{runs:?}");
        assert_eq!(runs[0].lines, [[1, 4], [4, 7]]);
        assert_eq!(&FUNCTION[runs[0].at[0].clone()], FUNCTION.trim_end());
        assert_eq!(&other[runs[0].at[1].clone()], FUNCTION.trim_end());
    }

    #[test]
    fn functions_in_another_order_are_two_runs() {
        let second = "impl A { const B: [u8; 2] = [1, 2]; type C = D<E, F>; }\n";
        let runs = found(&format!("{FUNCTION}{second}"), &format!("{second}{FUNCTION}"));
        let lines: Vec<_> = runs.iter().map(|run| run.lines).collect();
        assert_eq!(lines, [[[1, 4], [2, 5]], [[5, 5], [1, 1]]]);
    }

    #[test]
    fn no_token_is_in_two_runs() {
        let twice = format!("{FUNCTION}{FUNCTION}");
        let runs = found(&twice, FUNCTION);
        assert_eq!(runs.len(), 1, "{runs:?}");
        let runs = found(&twice, &twice);
        assert_eq!(runs.len(), 1, "{runs:?}");
        assert_eq!(runs[0].lines, [[1, 8], [1, 8]]);
    }

    #[test]
    fn a_run_ends_where_only_code_that_is_left_out_follows() {
        let own = "impl A { const B: [u8; 2] = [1, 2]; type C = D<E, F>; }\n";
        let left_out = grams(&tokens(FUNCTION));
        let text = format!("{FUNCTION}{own}{FUNCTION}");
        let is_left_out = |gram| left_out.contains(&gram);
        let runs = common_runs([&text, &text], |gram| !is_left_out(gram), is_left_out);
        assert_eq!(runs.len(), 1, "{runs:?}");
        let run = &text[runs[0].at[0].clone()];
        assert!(run.contains(own.trim_end()), "{run}");
        assert!(!run.contains("lock"), "{run}");
    }

    #[test]
    fn a_text_that_repeats_itself_takes_no_longer() {
        let text = ";".repeat(20_000);
        let runs = found(&text, &text);
        assert_eq!(runs[0].tokens, 20_000);
    }
}
