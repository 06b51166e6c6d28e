//! Two texts side by side, or one below the other in a narrow terminal.

use std::fmt::Write;

use anstyle::Style;
use diffy::{DiffOptions, Line};
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
    // With all lines as context, the patch is one hunk that has every line of both; between equal
    // texts, there is no hunk.
    let patch = DiffOptions::new().set_context_len(usize::MAX).create_patch(&texts[0], &texts[1]);
    let lines: Vec<Line<'_, str>> = match patch.hunks() {
        [] => texts[0].split_inclusive('\n').map(Line::Context).collect(),
        hunks => hunks.iter().flat_map(|hunk| hunk.lines()).copied().collect(),
    };
    match width < MIN_SIDE_BY_SIDE {
        true => below(titles, &lines, width),
        false => beside(titles, &lines, width.min(MAX_WIDTH)),
    }
}

fn beside(titles: [&str; 2], lines: &[Line<'_, str>], width: usize) -> String {
    let half = (width - 3) / 2;
    let mut out = String::new();
    let gap = " ".repeat(half.saturating_sub(display_width(titles[0])));
    let _ = writeln!(out, "{BOLD}{}{gap}   {}{BOLD:#}\n", titles[0], titles[1]);
    let is_common = |line: &Line<'_, str>| matches!(line, Line::Context(_));
    for lines in lines.chunk_by(|one, other| is_common(one) == is_common(other)) {
        let mut columns = [Vec::new(), Vec::new()];
        for line in lines {
            match line {
                Line::Delete(line) => columns[0].extend(wrapped(line.trim_end(), half)),
                Line::Insert(line) => columns[1].extend(wrapped(line.trim_end(), half)),
                Line::Context(line) => {
                    columns[0].extend(wrapped(line.trim_end(), half));
                    columns[1].extend(wrapped(line.trim_end(), half));
                }
            }
        }
        let [left, right] = &columns;
        let sign = match (is_common(&lines[0]), left.is_empty(), right.is_empty()) {
            (true, ..) => '│',
            (false, _, true) => '‹',
            (false, true, false) => '›',
            (false, false, false) => '≠',
        };
        for at in 0..left.len().max(right.len()) {
            let left = left.get(at).map_or("", String::as_str);
            let right = right.get(at).map_or("", String::as_str);
            let gap = " ".repeat(half.saturating_sub(display_width(left)));
            let line = format!("{left}{gap} {sign} {right}");
            let style = if sign == '│' { DIM } else { Style::new() };
            let _ = writeln!(out, "{style}{}{style:#}", line.trim_end());
        }
    }
    out
}

/// One text below the other; lines that only one of them has are marked.
fn below(titles: [&str; 2], lines: &[Line<'_, str>], width: usize) -> String {
    let mut out = String::new();
    for (is_left, title) in [(true, titles[0]), (false, titles[1])] {
        let _ = writeln!(out, "{BOLD}{title}{BOLD:#}\n");
        for line in lines {
            let (style, sign, line) = match line {
                Line::Context(line) => (DIM, ' ', line),
                Line::Delete(line) if is_left => (Style::new(), '‹', line),
                Line::Insert(line) if !is_left => (Style::new(), '›', line),
                _ => continue,
            };
            for line in wrapped(line.trim_end(), width - 2) {
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
