//! What `just grade` prints at its end.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use crate::gradebook::{Gradebook, Isolation, Status};

/// How many learners are named of those whom somebody has to look at.
const MAX_NAMED: usize = 10;

/// How many grades of each kind there are, what a person has to decide, and where the reports are.
pub fn summary(gradebook: &Gradebook) -> String {
    let counts = counts(gradebook);
    let of = |status| counts.values().filter_map(move |counts| counts.get(&status)).sum::<usize>();
    // In the order in which they are declared.
    let shown: BTreeSet<Status> = counts.values().flat_map(|of| of.keys().copied()).collect();

    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_header([""].into_iter().chain(shown.iter().map(|status| status.in_words())));
    for (exercise, counts) in &counts {
        let counts = shown.iter().map(|status| counts.get(status).copied().unwrap_or(0));
        let cells = counts.map(|count| if count == 0 { String::new() } else { count.to_string() });
        table.add_row([(*exercise).to_owned()].into_iter().chain(cells));
    }
    let mut text = format!("{}\n", table.trim_fmt());

    let undecided = gradebook.learners.iter().flat_map(|learner| {
        let grades = learner.grades.iter().filter(|grade| !grade.status.is_graded());
        grades.map(|grade| (&learner.id, grade))
    });
    let undecided: Vec<_> = undecided.collect();
    if !undecided.is_empty() {
        text += "\nwithout a grade, until somebody has looked at it:\n";
    }
    for (id, grade) in undecided.iter().take(MAX_NAMED) {
        text += &format!("  {id}, {}: {}\n", grade.exercise, grade.status.in_words());
    }
    if undecided.len() > MAX_NAMED {
        text += &format!("  and {} more\n", undecided.len() - MAX_NAMED);
    }
    if of(Status::GraderError) > 0 {
        text += "to judge again what ended in an error of the grader, add --retry-errors\n";
    }
    for note in &gradebook.notes {
        text += &format!("\n{note}\n");
    }
    if gradebook.isolation == Isolation::Unsandboxed {
        text += "\nThe answers ran without a sandbox: they could have read and changed anything \
                 here, these grades too.\n";
    }
    let folder = gradebook.folder.display();
    text += &format!(
        "\n{folder}/index.html     for you, and to show in class\n\
         {folder}/gradebook.csv  a row for each learner\n\
         {folder}/feedback/      a page for each learner\n"
    );
    text
}

/// How many grades there are of each status, by exercise.
fn counts(gradebook: &Gradebook) -> BTreeMap<&str, BTreeMap<Status, usize>> {
    let mut counts = BTreeMap::<_, BTreeMap<_, _>>::new();
    for grade in gradebook.learners.iter().flat_map(|learner| &learner.grades) {
        *counts.entry(&*grade.exercise).or_default().entry(grade.status).or_default() += 1;
    }
    counts
}
