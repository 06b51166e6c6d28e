//! `gradebook.csv`: a row for each learner, for a spreadsheet or a learning platform.
//!
//! The columns are `id`, `name` and `email`; for each exercise, such as `exercise-4`, its points
//! under that name, then `exercise-4 status`, `exercise-4 late` (`yes` or nothing) and
//! `exercise-4 handed in` (in UTC); at last `total` and `notes`. Where there is no grade yet, the
//! cells of the points and of the total are empty, and not 0.
//!
//! Moodle imports the file as it is: *Grades*, *Import*, *CSV file*; map `email` to *Email
//! address* or `id` to *ID number*, and the columns of points to the grade items. Canvas takes only
//! a table with its own columns: export its gradebook, and copy the points into that, by `id`.
//!
//! Names come from submissions. A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@`
//! for a formula, which can read other files and send them away. So such a cell gets an apostrophe
//! in front, with which spreadsheets take it for text. Line breaks, tabs and other control
//! characters are turned into spaces, and all texts are in quotes.

use workbook::Fault;

use super::text;
use crate::gradebook::{Grade, Gradebook, Isolation, Learner};

/// The table, in UTF-8.
///
/// # Errors
///
/// None that is known of: it is written to memory.
pub fn write(gradebook: &Gradebook) -> Result<Vec<u8>, Fault> {
    let mut table = csv::WriterBuilder::new()
        // A program that separates columns by semicolons would else find cells inside of a name.
        .quote_style(csv::QuoteStyle::NonNumeric)
        .from_writer(Vec::new());
    let mut write = |row: Vec<String>| table.write_record(row).map_err(Fault::of("gradebook.csv"));
    write(header(gradebook))?;
    for learner in &gradebook.learners {
        write(row(gradebook, learner))?;
    }
    table.into_inner().map_err(Fault::of("gradebook.csv"))
}

fn header(gradebook: &Gradebook) -> Vec<String> {
    let mut header = ["id", "name", "email"].map(str::to_owned).to_vec();
    for exercise in &gradebook.exercises {
        header.push(exercise.exercise.clone());
        for column in ["status", "late", "handed in"] {
            header.push(format!("{} {column}", exercise.exercise));
        }
    }
    header.extend(["total", "notes"].map(str::to_owned));
    header
}

fn row(gradebook: &Gradebook, learner: &Learner) -> Vec<String> {
    let optional = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    let mut row = vec![cell(&learner.id), optional(&learner.name), optional(&learner.email)];
    for grade in &learner.grades {
        let handed_in = grade.answer.as_ref().and_then(|answer| answer.handed_in);
        row.push(points(grade.points));
        row.push(grade.status.in_words().to_owned());
        row.push(if grade.late { "yes" } else { "" }.to_owned());
        row.push(handed_in.map_or(String::new(), |time| time.to_string()));
    }
    row.push(points(learner.grades.iter().map(|grade| grade.points).sum()));
    row.push(cell(&notes(gradebook, learner).join("; ")));
    row
}

fn points(points: Option<u32>) -> String {
    points.map_or(String::new(), |points| points.to_string())
}

fn notes(gradebook: &Gradebook, learner: &Learner) -> Vec<String> {
    let mut notes = Vec::new();
    if gradebook.isolation == Isolation::Unsandboxed {
        notes.push("graded without a sandbox".to_owned());
    }
    notes.extend(learner.other_notes().cloned());
    for grade in &learner.grades {
        let Grade { exercise, .. } = grade;
        notes.extend(grade.notes.iter().map(|note| format!("{exercise}: {note}")));
        let review = grade.review.iter();
        notes.extend(
            review.map(|found| format!("{exercise}: line {}: {}", found.line, found.reason)),
        );
    }
    notes
}

/// A text that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = text::line(text);
    // The wide forms are those of Chinese and Japanese keyboards.
    match text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text,
    }
}
