//! The table of what the checks catch, in the README of the tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use grading::gradebook::Isolation;
use grading::store::{Ingredients, Store};
use grading::submission::sha256;
use serde::Deserialize;
use workbook::answer::Owner;
use workbook::exercise::{Check, Exercise, Kind};
use workbook::verdict::{CheckResult, Status, Verdict};
use workbook::{Fault, Workbook, judge, known};

use crate::Counts;
use crate::judging::Judging;
use crate::listed::Mutated;

const START: &str = "<!-- `just mutants` writes this table. -->\n";
const END: &str = "<!-- The end of the table of mutants. -->\n";
/// Set to have the row of each exercise written whose mutants were all judged.
const UPDATE: &str = "UPDATE_TABLE";

/// What is in the columns after the name of the exercise.
const COLUMNS: [&str; 7] = [
    "bugs caught",
    "designs passed",
    "mutants caught",
    "listed",
    "searched for the solution",
    "in",
    "the most that a bug needed",
];
const BUGS: usize = 0;
const DESIGNS: usize = 1;
const MUTANTS: usize = 2;
const LISTED: usize = 3;
const SEARCHED: usize = 4;
const TIME: usize = 5;
const MARGIN: usize = 6;

type Cells = [String; COLUMNS.len()];

/// The README, taken apart at its table.
struct Readme {
    path: PathBuf,
    before: String,
    /// By the folder of the exercise.
    rows: BTreeMap<String, Cells>,
    after: String,
}

/// The most that any search of a bug needed, as the test `margins` writes it.
#[derive(Deserialize)]
struct Margin {
    bug: String,
    needed: u64,
    of: u64,
}

/// Whether the table counts the bugs, designs and listed mutants that there are, without judging
/// any of them; or brings it up to date by the verdicts that are known.
pub fn is_of(workbook: &Workbook) -> Result<(), Fault> {
    let mut readme = Readme::read(workbook)?;
    if std::env::var_os(UPDATE).is_some() {
        for exercise in workbook.exercises() {
            if let Some(row) = readme.rows.get_mut(&exercise.folder()) {
                known_verdicts(workbook, exercise, row)?;
            }
        }
        readme.write()?;
    }
    for exercise in workbook.exercises() {
        let folder = exercise.folder();
        let wrong = |what: &str, command: &str| {
            Err(Fault(format!(
                "tests/README.md: {what} of {folder} are not those that there are; \
                 `{UPDATE}=1 {command}` writes the table"
            )))
        };
        // A new exercise has no row until its mutants were judged.
        let Some(row) = readme.rows.get(&folder) else { continue };
        let quick = "cargo test --package grading --test mutants";
        if row[BUGS] != all(known::bugs(workbook, exercise)?.len()) {
            return wrong("the bugs", quick);
        }
        if row[DESIGNS] != all(known::designs(exercise)?.len()) {
            return wrong("the designs", quick);
        }
        let missed = Mutated::read(exercise)?.missed.len();
        let numbers = row[MUTANTS].split_once(" of ");
        let numbers = numbers.and_then(|(some, all)| Some((some.parse().ok()?, all.parse().ok()?)));
        let (caught, viable): (usize, usize) = numbers.unwrap_or_default();
        if row[LISTED] != missed.to_string() || caught + missed != viable {
            return wrong("the mutants", &format!("just mutants exercise-{}", exercise.number));
        }
    }
    Ok(())
}

/// Compares the row of an exercise with what was found, or writes it.
pub fn compare(
    workbook: &Workbook,
    judging: &Judging,
    exercise: &Arc<Exercise>,
    counts: &Counts,
) -> Result<(), Fault> {
    let mut readme = Readme::read(workbook)?;
    let folder = exercise.folder();
    let old = readme.rows.remove(&folder).unwrap_or_default();
    let mut new = old.clone();
    known_verdicts(workbook, exercise, &mut new)?;
    new[MUTANTS] = format!("{} of {}", counts.caught, counts.caught + counts.missed);
    new[LISTED] = counts.missed.to_string();
    let solution = workbook.answer(exercise, Owner::Workbook);
    let text = solution.read()?.ok_or_else(|| solution.missing())?;
    let checks: Vec<&Check> = exercise.checks.iter().collect();
    new[SEARCHED] = searched(&judging.judge(exercise, &text, &checks));
    if std::env::var_os(UPDATE).is_some() {
        // The first time, there may be something to compile.
        judge::judge(&solution, &[])?;
        let took = judge::judge(&solution, &[])?.duration_ms;
        new[TIME] = format!("{}.{} s", took / 1000, took % 1000 / 100);
        if let Some(margin) = margin(workbook, &folder) {
            new[MARGIN] = margin;
        }
        readme.rows.insert(folder, new);
        return readme.write();
    }
    if new == old {
        return Ok(());
    }
    Err(Fault(format!(
        "The table in tests/README.md is not what was seen. If that is right, `{UPDATE}=1 just \
         mutants exercise-{}` writes it.\nexpected: {}\nseen:     {}",
        exercise.number,
        old.join(" | "),
        new.join(" | ")
    )))
}

fn all(number: usize) -> String {
    format!("{number} of {number}")
}

/// Writes how many bugs are caught, and how many designs pass, if all their verdicts are known:
/// `just test-graders` makes them.
fn known_verdicts(workbook: &Workbook, exercise: &Exercise, row: &mut Cells) -> Result<(), Fault> {
    let store = Store::of(workbook);
    let ingredients = Ingredients::of(workbook, exercise, Isolation::Unsandboxed)?;
    let verdict = |text: &str, checks: &[&Check]| {
        store.get(&ingredients.key(&sha256(text.as_bytes()), checks))
    };
    let mut bugs = Vec::new();
    for bug in known::bugs(workbook, exercise)?.values() {
        let checks = bug.caught_by.iter().map(|name| exercise.check(name));
        let checks = checks.collect::<Result<Vec<&Check>, Fault>>()?;
        let caught = |verdict: Verdict| verdict.failing().count() == checks.len();
        bugs.push(verdict(&bug.text, &checks).map(caught));
    }
    let checks: Vec<&Check> = exercise.checks.iter().collect();
    let designs = known::designs(exercise)?;
    let passes = |verdict: Verdict| verdict.status == Status::Passed;
    let designs = designs.values().map(|text| verdict(text, &checks).map(passes)).collect();
    for (column, right) in [(BUGS, bugs), (DESIGNS, designs)] {
        if let Some(right) = right.into_iter().collect::<Option<Vec<bool>>>() {
            let some = right.iter().filter(|&&right| right).count();
            row[column] = format!("{some} of {}", right.len());
        }
    }
    Ok(())
}

/// How much all searches of a right answer were, in words.
fn searched(verdict: &Verdict) -> String {
    let sum = |is: fn(&CheckResult) -> bool| -> u64 {
        verdict.checks.iter().filter(|check| is(check)).map(|check| check.searched).sum()
    };
    format!(
        "{} sequences, {} interleavings",
        sum(|check| check.kind == Kind::Sequences),
        sum(|check| check.kind == Kind::Explored)
    )
}

fn margin(workbook: &Workbook, folder: &str) -> Option<String> {
    let path = workbook.target().join("interleave/margins").join(folder).with_extension("json");
    let Margin { bug, needed, of } = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    Some(format!("{needed} of {of} (`{bug}`)"))
}

impl Readme {
    fn read(workbook: &Workbook) -> Result<Self, Fault> {
        let path = workbook.root().join("tests/README.md");
        let text = fs::read_to_string(&path).map_err(Fault::of(path.display()))?;
        let parts = text.split_once(START).and_then(|(before, rest)| {
            let (table, after) = rest.split_once(END)?;
            Some((before, table, after))
        });
        let (before, table, after) =
            parts.ok_or_else(|| Fault(format!("{}: there is no table", path.display())))?;
        let row = |line: &str| {
            let line = line.strip_prefix('|')?.strip_suffix('|')?;
            let (name, cells) = line.split_once('|')?;
            let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
            Some((name.trim().trim_matches('`').to_owned(), cells.try_into().ok()?))
        };
        let rows = table.lines().skip(2).filter_map(row).collect();
        Ok(Self { path, before: before.to_owned(), rows, after: after.to_owned() })
    }

    fn write(&self) -> Result<(), Fault> {
        let mut table = format!("| exercise | {} |\n", COLUMNS.join(" | "));
        table += &format!("|---{}|\n", "|---".repeat(COLUMNS.len()));
        for (folder, cells) in &self.rows {
            table += &format!("| `{folder}` | {} |\n", cells.join(" | "));
        }
        let text = [&*self.before, START, &table, END, &*self.after].concat();
        fs::write(&self.path, text).map_err(Fault::of(self.path.display()))
    }
}
