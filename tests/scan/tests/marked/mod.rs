//! Texts that say themselves which of their lines are found.

use std::collections::BTreeSet;

use scan::{Finding, Weight};

/// Checks that the findings in a text are in the lines that end with `//~ refused` or
/// `//~ review`, or with both words, and that they have that weight.
#[track_caller]
pub fn check(text: &str) {
    let findings = scan::findings(text);
    let weight = |finding: &Finding| match finding.weight {
        Weight::Refused => "refused",
        Weight::Review => "review",
    };
    let found: BTreeSet<(usize, &str)> =
        findings.iter().map(|finding| (finding.line, weight(finding))).collect();
    let marked = (1..).zip(text.lines()).flat_map(|(number, line)| {
        let words = line.split_once("//~").map_or("", |(_, words)| words);
        words.split_whitespace().map(move |word| (number, word))
    });
    let marked: BTreeSet<(usize, &str)> = marked.collect();
    assert!(found == marked, "found {findings:#?}\nin\n{text}");
}
