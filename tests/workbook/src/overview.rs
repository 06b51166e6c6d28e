//! The table of all exercises.

use std::fmt::Write;

use anstyle::Style;
use textwrap::core::display_width;

use crate::answer::{AnswerSource, Owner};
use crate::status::ExerciseStatus;
use crate::terminal::{BAD, DIM, GOOD, UNSURE};
use crate::verdict::{CheckStatus, Status, Verdict};
use crate::{Fault, Workbook};

/// An exercise, and how far the learner is with it.
#[derive(Debug)]
pub struct Row {
    stage: Stage,
    sign: char,
    style: Style,
    package: String,
    title: String,
    points: Option<(u32, u32)>,
    checks: Option<(usize, usize)>,
    /// In words.
    status: String,
    file: String,
    /// The command to go on with, if there is one.
    next: Option<String>,
}

/// How far a learner is with an exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    NotStarted,
    Started,
    Done,
}

/// What the last column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastColumn {
    /// The answer's file.
    File,
    /// The command to go on with.
    Next,
}

const TITLES: [&str; 6] = ["exercise", "", "points", "checks", "status", ""];
/// Which columns are on which line of a row. The first layout that fits is used.
const LAYOUTS: [&[&[usize]]; 4] = [
    &[&[0, 1, 2, 3, 4, 5]],
    &[&[0, 1, 2, 3, 4], &[5]],
    &[&[0, 1, 2, 3], &[4], &[5]],
    &[&[0, 2, 3], &[4], &[5]],
];

/// A row for each exercise of the learner.
///
/// # Errors
///
/// If a file of the workbook cannot be read.
pub fn rows(workbook: &Workbook) -> Result<Vec<Row>, Fault> {
    let exercises = workbook.exercises().iter();
    let rows = exercises.map(|exercise| {
        let answer = workbook.answer(exercise, Owner::Learner);
        let (status, _) = ExerciseStatus::of(&answer)?;
        Ok(Row::of(&answer, &status))
    });
    rows.collect()
}

/// The command to go on with: exercises that are started come first.
pub fn next(rows: &[Row]) -> Option<&str> {
    let first = |stage| rows.iter().find(|row| row.stage == stage);
    first(Stage::Started).or_else(|| first(Stage::NotStarted))?.next.as_deref()
}

impl Row {
    /// The row of an exercise with this status.
    pub fn of(answer: &AnswerSource, status: &ExerciseStatus) -> Self {
        let package = &answer.package;
        let (sign, style, words, next) = match status {
            ExerciseStatus::Checked(verdict) => return Self::of_verdict(answer, verdict),
            ExerciseStatus::Missing => ('!', BAD, "the file is missing", "reset"),
            ExerciseStatus::NotStarted => ('·', DIM, "not started", "watch"),
            ExerciseStatus::NotChecked => ('·', UNSURE, "not checked yet", "check"),
            ExerciseStatus::Changed => ('·', UNSURE, "not checked since the last change", "check"),
        };
        Self {
            stage: match status {
                ExerciseStatus::NotStarted => Stage::NotStarted,
                _ => Stage::Started,
            },
            sign,
            style,
            package: package.clone(),
            title: answer.exercise.title(),
            points: None,
            checks: None,
            status: words.to_owned(),
            file: answer.file.display().to_string(),
            next: Some(format!("just {next} {package}")),
        }
    }

    /// The row of an exercise with this verdict.
    pub fn of_verdict(answer: &AnswerSource, verdict: &Verdict) -> Self {
        let failing = verdict.failing().count();
        let unsure = verdict.count(CheckStatus::Inconclusive);
        let (sign, style, status, next) = match verdict.status {
            Status::Passed => ('✓', GOOD, "done".to_owned(), "compare"),
            Status::Failed if failing == 1 => ('✗', BAD, "1 check fails".to_owned(), "check"),
            Status::Failed => ('✗', BAD, format!("{failing} checks fail"), "check"),
            Status::Refused => ('✗', BAD, "refused".to_owned(), "check"),
            Status::DoesNotCompile => ('✗', BAD, "does not compile".to_owned(), "check"),
            Status::Inconclusive => ('?', UNSURE, format!("{unsure} inconclusive"), "check"),
            Status::NotStarted => ('·', DIM, "not started".to_owned(), "watch"),
            Status::GraderError => ('!', BAD, "could not be judged".to_owned(), "check"),
        };
        // A solution has nothing to be compared with.
        let solved = verdict.status == Status::Passed && answer.owner == Owner::Workbook;
        Self {
            stage: match verdict.status {
                Status::NotStarted => Stage::NotStarted,
                Status::Passed => Stage::Done,
                _ => Stage::Started,
            },
            sign,
            style,
            status,
            points: Some((verdict.points, verdict.max_points)),
            checks: Some((verdict.count(CheckStatus::Passed), verdict.checks.len())),
            next: (!solved).then(|| format!("just {next} {}", answer.package)),
            ..Self::of(answer, &ExerciseStatus::NotStarted)
        }
    }

    /// How far the learner is, in words.
    pub fn status(&self) -> &str {
        &self.status
    }

    fn cells(&self, last: LastColumn) -> [String; 6] {
        let of = |pair: Option<(String, String)>| match pair {
            Some((some, all)) => format!("{some}/{all}"),
            None => "–".to_owned(),
        };
        [
            self.package.clone(),
            self.title.clone(),
            of(self.points.map(|(some, all)| (some.to_string(), all.to_string()))),
            of(self.checks.map(|(some, all)| (some.to_string(), all.to_string()))),
            self.status.clone(),
            match last {
                LastColumn::File => self.file.clone(),
                LastColumn::Next => self.next.clone().unwrap_or_default(),
            },
        ]
    }
}

/// The table, with ANSI colours.
pub fn table(rows: &[Row], last: LastColumn, width: usize) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(|row| row.cells(last)).collect();
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let cells = cells.iter().map(|cells| display_width(&cells[column]));
        cells.chain([TITLES[column].len()]).max().unwrap_or(0)
    });
    let wide = |columns: &[usize]| columns.iter().map(|&column| widths[column] + 2).sum::<usize>();
    let fits = |layout: &&&[&[usize]]| wide(layout[0]) <= width;
    let layout = LAYOUTS.iter().find(fits).unwrap_or(&LAYOUTS[LAYOUTS.len() - 1]);

    let mut out = String::new();
    let titles = line(&TITLES.map(str::to_owned), &widths, layout[0]);
    let _ = writeln!(out, "{DIM}  {titles}{DIM:#}");
    for (row, cells) in rows.iter().zip(&cells) {
        let style = row.style;
        let first = line(cells, &widths, layout[0]);
        let _ = writeln!(out, "{style}{}{style:#} {first}", row.sign);
        for columns in &layout[1..] {
            let rest = line(cells, &widths, columns);
            if !rest.is_empty() {
                let _ = writeln!(out, "    {DIM}{rest}{DIM:#}");
            }
        }
    }
    out
}

fn line(cells: &[String; 6], widths: &[usize; 6], columns: &[usize]) -> String {
    let padded = columns.iter().map(|&column| {
        let (cell, width) = (&cells[column], widths[column]);
        let gap = " ".repeat(width - display_width(cell));
        // Numbers are right-aligned.
        if matches!(column, 2 | 3) { gap + cell } else { cell.clone() + &gap }
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// The sum of all rows.
pub fn total(rows: &[Row]) -> String {
    let points = rows.iter().filter_map(|row| row.points);
    let (points, of) = points.fold((0, 0), |sum, points| (sum.0 + points.0, sum.1 + points.1));
    let done = rows.iter().filter(|row| row.stage == Stage::Done).count();
    let style = if done == rows.len() { GOOD } else { BAD };
    let exercises = rows.len();
    format!("{style}{points} of {of} points{style:#}, {done} of {exercises} exercises done\n")
}
