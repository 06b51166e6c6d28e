//! What a machine has and lacks.

use std::fmt::Write;

use crate::doctor::{self, Finding, Purpose};
use crate::terminal::{BAD, BOLD, DIM, GOOD, UNSURE};

/// What was found, by what it is needed for.
pub fn findings(findings: &[Finding], width: usize) -> String {
    let mut out = String::new();
    for purpose in Purpose::ALL {
        let mut group = findings.iter().filter(|finding| finding.purpose == purpose).peekable();
        if group.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "{BOLD}{}{BOLD:#}", heading(purpose));
        for finding in group {
            one(&mut out, finding, width);
        }
        out.push('\n');
    }
    let (style, last) = match doctor::is_ready(findings) {
        true => (GOOD, "All that the exercises need is there."),
        false => (BAD, "The exercises need what is marked with ✗."),
    };
    let _ = writeln!(out, "{style}{last}{style:#}");
    out
}

fn heading(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Exercises => "For the exercises",
        Purpose::Guide => "For the guide",
        Purpose::Live => "For `just live`",
        Purpose::Grading => "For `just grade`",
        Purpose::Tests => "For the workbook's own tests",
    }
}

fn one(out: &mut String, finding: &Finding, width: usize) {
    let Finding { name, does, get, .. } = finding;
    match &finding.state {
        Ok(version) => {
            let _ = writeln!(out, "  {GOOD}✓{GOOD:#} {name} {DIM}{version}{DIM:#}");
        }
        Err(problem) => {
            let (sign, style) = match finding.purpose {
                Purpose::Exercises => ('✗', BAD),
                _ => ('!', UNSURE),
            };
            let text = format!("{name} {problem}. It {does}.");
            for (at, line) in textwrap::wrap(&text, width - 4).iter().enumerate() {
                let sign = if at == 0 { sign } else { ' ' };
                let _ = writeln!(out, "  {style}{sign}{style:#} {line}");
            }
            // Not wrapped, so that it can be copied.
            let _ = writeln!(out, "      {get}");
        }
    }
}
