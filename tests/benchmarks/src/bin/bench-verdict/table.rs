//! The tables in the README of the tests.

use std::collections::BTreeMap;

use benchmarks::measured::Measured;

use super::{Timing, median};

/// A verdict may take so much longer than a build …
const LONGER: f64 = 1.15;
/// … and so many seconds.
const MORE: f64 = 1.0;

/// How long verdicts take.
pub fn verdicts(timings: &[Timing]) -> String {
    let mut text = String::from(
        "| exercise | first verdict | build | verdict | start | compile | link | checks | at most |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for Timing { package, first, build, verdict, split } in timings {
        let most = LONGER * build + MORE;
        let verdict = match *verdict <= most {
            true => format!("{verdict:.2} s"),
            false => format!("**{verdict:.2} s**"),
        };
        text += &format!(
            "| `{package}` | {first:.1} s | {build:.2} s | {verdict} | {:.2} s | {:.2} s | {:.2} s | {:.2} s | {most:.2} s |\n",
            split.start, split.compile, split.link, split.checks
        );
    }
    let middle = median(timings.iter().map(|timing| timing.verdict).collect());
    text + &format!("\nThe median of the verdicts is {middle:.2} s.")
}

/// How many interleavings or schedules of a model are run in a second.
pub fn searches(measured: &[Measured]) -> String {
    let mut works: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for one in measured {
        let rates = works.entry(&one.work).or_default();
        rates[usize::from(one.by != "explorer")] = 1e9 / one.mean;
    }
    let mut text = String::from(
        "| model | explorer | loom or shuttle alone | explorer beside it |\n|---|--:|--:|--:|\n",
    );
    for (work, [explorer, bare]) in works {
        let ratio = explorer / bare;
        text +=
            &format!("| {work} | {explorer:.0} a second | {bare:.0} a second | {ratio:.2} × |\n");
    }
    text.trim_end().to_owned()
}
