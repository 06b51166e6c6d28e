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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Split;

    fn timing(package: &str, build: f64, verdict: f64) -> Timing {
        let split = Split { start: 0.1, compile: 0.5, link: 0.2, checks: 0.25 };
        Timing { package: package.to_owned(), first: 30.0, build, verdict, split }
    }

    #[test]
    fn a_verdict_that_takes_longer_than_it_may_is_bold() {
        let timings = [timing("exercise-1", 1.0, 2.1), timing("exercise-2", 1.0, 2.2)];
        let table = verdicts(&timings);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `exercise-1` | 30.0 s | 1.00 s | 2.10 s | 0.10 s | 0.50 s | 0.20 s | 0.25 s | 2.15 s |",
                "| `exercise-2` | 30.0 s | 1.00 s | **2.20 s** | 0.10 s | 0.50 s | 0.20 s | 0.25 s | 2.15 s |",
                "",
                "The median of the verdicts is 2.15 s.",
            ]
        );
    }

    #[test]
    fn each_model_has_one_row_with_the_ratio_of_the_two_rates() {
        let measured = |by: &str, mean| Measured {
            work: "two threads".to_owned(),
            items: 1,
            by: by.to_owned(),
            mean,
            between: (mean, mean),
        };
        let table = searches(&[measured("explorer", 20_000.0), measured("bare", 10_000.0)]);
        let row = "| two threads | 50000 a second | 100000 a second | 0.50 × |";
        assert_eq!(table.lines().skip(2).collect::<Vec<_>>(), [row]);
    }
}
