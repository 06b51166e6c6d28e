//! Hints, and how to get more of them.

use std::fmt::Write;

use super::MAX_PROSE;
use crate::terminal::{BOLD, DIM};

/// One hint, by its number from 1, under the title of its check.
pub fn one_hint(
    package: &str,
    name: &str,
    title: &str,
    hints: &[&str],
    number: usize,
    width: usize,
) -> String {
    let mut out = format!("{BOLD}{title}{BOLD:#}\n");
    super::prose(&mut out, hints[number - 1], "  ", width.min(MAX_PROSE));
    if number < hints.len() {
        let next = number + 1;
        let _ = writeln!(out, "{DIM}  more: just hint {package} {name} {next}{DIM:#}");
    }
    out
}

/// The hints that are open, under the title of their check.
pub fn open_hints(package: &str, title: &str, hints: &[&str], open: usize, width: usize) -> String {
    let mut out = format!("{BOLD}{title}{BOLD:#}\n");
    for (number, hint) in (1..=open).zip(hints) {
        let indent = format!("  {number}  ");
        let options = textwrap::Options::new(width.min(MAX_PROSE)).initial_indent(&indent);
        for text in textwrap::wrap(hint, options.subsequent_indent("     ")) {
            let _ = writeln!(out, "{text}");
        }
    }
    let _ = match open < hints.len() {
        true => writeln!(out, "{DIM}  more: just hint {package}{DIM:#}"),
        false => writeln!(out, "{DIM}  these are all hints of this check{DIM:#}"),
    };
    out
}
