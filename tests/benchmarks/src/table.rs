//! The table at the end of a benchmark.

use std::collections::BTreeSet;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use crate::measured::Measured;
use crate::{ANSWER, GO, SOLUTION};

/// Differences up to this factor are noise, whatever the confidence: between two runs on a shared
/// machine, the same code differs by that much.
const NOISE: f64 = 1.1;
/// If ten times the work takes more than so many times as long, the cost grows faster than the work.
/// For a cost that grows with n log n it is 12, and what no longer fits into the processor's caches
/// adds to it.
const FASTER_THAN_THE_WORK: f64 = 25.0;

/// The table, as Markdown: how long each item of a piece of work takes, and how the learner's
/// answer, or else the solution, compares with the best of the others, and with the best in Go.
/// Below it, whose cost grows faster than the work.
pub fn table(measured: &[Measured]) -> String {
    let subject = if measured.iter().any(|one| one.by == ANSWER) { ANSWER } else { SOLUTION };
    let mut names: Vec<&str> = Vec::new();
    for one in measured.iter().filter(|one| one.by != subject) {
        if !names.contains(&&*one.by) {
            names.push(&one.by);
        }
    }
    // The solution comes before the field.
    names.sort_by_key(|&name| name != SOLUTION);
    names.insert(0, subject);
    let is_go = |name: &str| name.starts_with(GO);
    let with_go = names.iter().any(|name| is_go(name));

    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    let mut header = vec!["work", "items"];
    header.extend(&names);
    let compared = format!("{subject} is");
    header.push(&compared);
    header.extend(with_go.then_some("beside Go it is"));
    table.set_header(header);
    for (work, items) in works(measured) {
        let row: Vec<&Measured> =
            measured.iter().filter(|one| one.work == work && one.items == items).collect();
        let of = |name: &&str| row.iter().find(|one| one.by == *name);
        let comparison = |with: &dyn Fn(&str) -> bool| {
            let others = row.iter().filter(|one| one.by != subject && with(&one.by));
            let best = others.min_by(|a, b| a.mean.total_cmp(&b.mean));
            of(&subject).zip(best).map_or(String::new(), |(own, best)| compare(own, best))
        };
        let mut cells = vec![work.to_owned(), thousands(items)];
        cells.extend(names.iter().map(|name| of(name).map_or(String::new(), |one| time(one.mean))));
        cells.push(comparison(&|name| !is_go(name)));
        cells.extend(with_go.then(|| comparison(&is_go)));
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let growth = names.iter().filter(|name| !is_go(name)).flat_map(|name| growth(measured, name));
    [format!("{table}\n")].into_iter().chain(growth).collect::<Vec<_>>().join("\n")
}

/// The rows, in the order in which they were first measured.
fn works(measured: &[Measured]) -> Vec<(&str, u64)> {
    let mut works = Vec::new();
    for one in measured {
        let work = (&*one.work, one.items);
        if !works.contains(&work) {
            works.push(work);
        }
    }
    works
}

/// How an answer compares with the best of the others.
fn compare(own: &Measured, best: &Measured) -> String {
    let ratio = own.mean / best.mean;
    let overlap = own.between.0 <= best.between.1 && best.between.0 <= own.between.1;
    if overlap || (1.0 / NOISE..=NOISE).contains(&ratio) {
        format!("equal to {}", best.by)
    } else if ratio < 1.0 {
        format!("faster than all, {:.1} ×", 1.0 / ratio)
    } else {
        format!("slower than {}, {ratio:.1} ×", best.by)
    }
}

/// The sentences about work in which somebody's cost grows faster than the work.
fn growth(measured: &[Measured], name: &str) -> Vec<String> {
    let own = |one: &&Measured| one.by == name;
    let works: BTreeSet<&str> = measured.iter().filter(own).map(|one| &*one.work).collect();
    let mut sentences = Vec::new();
    for work in works {
        let mut sizes: Vec<(u64, f64)> = measured
            .iter()
            .filter(own)
            .filter(|one| one.work == work)
            .map(|one| (one.items, one.mean))
            .collect();
        sizes.sort_unstable_by_key(|&(items, _)| items);
        for pair in sizes.windows(2) {
            let [(few, for_few), (many, for_many)] = [pair[0], pair[1]];
            let work_grows = many as f64 / few as f64;
            let cost_grows = work_grows * for_many / for_few;
            if cost_grows > FASTER_THAN_THE_WORK.powf(work_grows.log10()) {
                sentences.push(format!(
                    "{work}: from {} to {}, {name} takes {cost_grows:.0} times as long, so each \
                     item costs {:.1} times as much. Look for a step that goes through all of them \
                     for each of them.",
                    thousands(few),
                    thousands(many),
                    cost_grows / work_grows,
                ));
            }
        }
    }
    sentences
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanoseconds / 1e3),
        _ => format!("{:.1} ms", nanoseconds / 1e6),
    }
}

/// `10,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(work: &str, by: &str, items: u64, mean: f64) -> Measured {
        let (work, by) = (work.to_owned(), by.to_owned());
        Measured { work, by, items, mean, between: (mean * 0.99, mean * 1.01) }
    }

    #[test]
    fn an_answer_is_compared_with_the_best_of_the_others() {
        let against = |mean| {
            compare(&measured("work", ANSWER, 1, mean), &measured("work", "tokio", 1, 100.0))
        };
        assert_eq!(against(105.0), "equal to tokio");
        assert_eq!(against(180.0), "slower than tokio, 1.8 ×");
        assert_eq!(against(50.0), "faster than all, 2.0 ×");
    }

    #[test]
    fn the_best_of_rust_and_the_best_of_go_are_compared_apart() {
        let all = [(SOLUTION, 100.0), ("tokio", 150.0), ("Go: a channel", 50.0)];
        let table = table(&all.map(|(by, mean)| measured("work", by, 1, mean)));
        let row = table.lines().last().expect("there is a row");
        assert!(row.contains("faster than all, 1.5 ×"), "{table}");
        assert!(row.contains("slower than Go: a channel, 2.0 ×"), "{table}");
    }

    #[test]
    fn rows_are_in_the_order_in_which_they_were_measured() {
        let names = ["4 workers", "16 workers", "4 workers"];
        let all = names.map(|work| measured(work, SOLUTION, 1, 1.0));
        assert_eq!(works(&all), [("4 workers", 1), ("16 workers", 1)]);
    }

    #[test]
    fn a_cost_that_grows_faster_than_the_work_is_told() {
        let sizes = [(100, 1.0), (1_000, 1.2), (10_000, 1.5), (100_000, 12.0)];
        let all: Vec<_> =
            sizes.iter().map(|&(items, mean)| measured("wait", SOLUTION, items, mean)).collect();
        assert_eq!(
            growth(&all, SOLUTION),
            [
                "wait: from 10,000 to 100,000, the solution takes 80 times as long, so each item costs \
              8.0 times as much. Look for a step that goes through all of them for each of them."
            ]
        );
        assert_eq!(growth(&all[..3], SOLUTION), [""; 0]);
    }
}
