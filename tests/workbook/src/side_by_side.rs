//! Two texts side by side, or one below the other in a narrow terminal.

use std::fmt::Write;

use anstyle::Style;
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};
use textwrap::Options;
use textwrap::core::display_width;

use crate::terminal::{BOLD, DIM};

/// In a narrower terminal, half of it is too little for code.
const MIN_SIDE_BY_SIDE: usize = 120;
/// In a wider one, the two halves would be too far apart.
const MAX_WIDTH: usize = 200;

/// Both texts under their titles, with ANSI colours, in a terminal of this many columns.
pub fn text(titles: [&str; 2], texts: [&str; 2], width: usize) -> String {
    let texts = texts.map(|text| {
        let plain = |c: char| c == '\n' || !c.is_control();
        text.replace('\t', "    ").chars().filter(|&c| plain(c)).collect::<String>()
    });
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(texts[0].as_str(), texts[1].as_str());
    match width < MIN_SIDE_BY_SIDE {
        true => below(titles, &diff, width),
        false => beside(titles, &diff, width.min(MAX_WIDTH)),
    }
}

fn beside(titles: [&str; 2], diff: &TextDiff<'_, '_, str>, width: usize) -> String {
    let half = (width - 3) / 2;
    let mut out = String::new();
    let gap = " ".repeat(half.saturating_sub(display_width(titles[0])));
    let _ = writeln!(out, "{BOLD}{}{gap}   {}{BOLD:#}\n", titles[0], titles[1]);
    for op in diff.ops() {
        let mut columns = [Vec::new(), Vec::new()];
        for change in diff.iter_changes(op) {
            let line = change.value().trim_end();
            match change.tag() {
                ChangeTag::Delete => columns[0].extend(wrapped(line, half)),
                ChangeTag::Insert => columns[1].extend(wrapped(line, half)),
                ChangeTag::Equal => {
                    columns[0].extend(wrapped(line, half));
                    columns[1].extend(wrapped(line, half));
                }
            }
        }
        let [left, right] = &columns;
        for at in 0..left.len().max(right.len()) {
            let left = left.get(at).map_or("", String::as_str);
            let right = right.get(at).map_or("", String::as_str);
            let gap = " ".repeat(half.saturating_sub(display_width(left)));
            let sign = match op {
                DiffOp::Equal { .. } => '│',
                DiffOp::Delete { .. } => '‹',
                DiffOp::Insert { .. } => '›',
                DiffOp::Replace { .. } => '≠',
            };
            let line = format!("{left}{gap} {sign} {right}");
            let style = if sign == '│' { DIM } else { Style::new() };
            let _ = writeln!(out, "{style}{}{style:#}", line.trim_end());
        }
    }
    out
}

/// One text below the other; lines that only one of them has are marked.
fn below(titles: [&str; 2], diff: &TextDiff<'_, '_, str>, width: usize) -> String {
    let mut out = String::new();
    for (title, own, sign) in
        [(titles[0], ChangeTag::Delete, '‹'), (titles[1], ChangeTag::Insert, '›')]
    {
        let _ = writeln!(out, "{BOLD}{title}{BOLD:#}\n");
        for change in diff.iter_all_changes() {
            for line in wrapped(change.value().trim_end(), width - 2) {
                let (style, sign) = match change.tag() {
                    ChangeTag::Equal => (DIM, ' '),
                    tag if tag == own => (Style::new(), sign),
                    _ => continue,
                };
                let _ = writeln!(out, "{style}{}{style:#}", format!("{sign} {line}").trim_end());
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A line of code, wrapped to the width; where it goes on, it is indented further.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let code = line.trim_start();
    let indent = &line[..(line.len() - code.len()).min(width / 2)];
    let further = format!("{indent}    ");
    let options = Options::new(width).initial_indent(indent).subsequent_indent(&further);
    textwrap::wrap(code, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}
