//! Why an answer was refused.

use std::fmt::Write;

use scan::Weight;

use super::{Options, clipped, count, prose};
use crate::answer::AnswerSource;
use crate::terminal::{BAD, DIM};
use crate::verdict::Verdict;

/// The page and the anchor of what an answer may use.
const GUIDE: (&str, &str) = ("before-you-start", "allowed");
/// However many lines there are, this many are shown.
const MAX_LINES: usize = 8;

/// The lines that an answer is refused for, and why.
pub fn refusal(answer: &AnswerSource, verdict: &Verdict, options: Options) -> String {
    let width = options.prose();
    let mut out = format!("{BAD}✗ the answer uses something that no answer may use{BAD:#}\n");
    let refused = verdict.findings.iter().filter(|finding| finding.weight == Weight::Refused);
    for finding in refused.clone().take(MAX_LINES) {
        let code = clipped(&finding.code, width.saturating_sub(8));
        let _ = writeln!(out, "\n{DIM}{:5} │{DIM:#} {code}", finding.line);
        prose(&mut out, &finding.reason, "        ", width);
    }
    let more = refused.count().saturating_sub(MAX_LINES);
    if more > 0 {
        let _ = writeln!(out, "\n  {DIM}and {} like these{DIM:#}", count(more, "more line"));
    }
    out += "\n";
    prose(
        &mut out,
        "So it was neither compiled nor run. Take this out, and check again.",
        "  ",
        width,
    );
    super::failure::section_to_read(&mut out, &answer.exercise, GUIDE, options);
    out
}
