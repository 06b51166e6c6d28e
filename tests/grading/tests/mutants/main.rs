//! Mutation testing: answers that are right are changed in one place, and the checks have to
//! notice it.
//!
//! cargo-mutants makes the changes; `just mutants exercise-4` judges all of them. A mutant that
//! rustc accepts has to fail by a check that counts points. One that no check can catch is
//! listed in the exercise's `mutants.toml`, with the reason.

mod generate;
#[path = "../judging/mod.rs"]
mod judging;
mod listed;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use workbook::answer::Owner;
use workbook::exercise::{Check, Exercise};
use workbook::verdict::{Status, Verdict};
use workbook::{Fault, Workbook};

use generate::Mutant;
use judging::Judging;
use listed::{Listed, Mutated};

/// How the solution is named beside the designs.
const SOLUTION: &str = "solution";

/// What judges the mutants, and counts them.
struct Judge {
    judging: Judging,
    /// By the number of the exercise.
    counts: Mutex<BTreeMap<u32, Counts>>,
}

/// The mutants of an exercise.
#[derive(Default)]
struct Counts {
    generated: usize,
    not_viable: usize,
    caught: usize,
    missed: usize,
}

/// What became of a mutant.
#[derive(Clone, Copy)]
enum End {
    /// rustc does not accept it.
    NotViable,
    /// A check that counts points fails.
    Caught,
    /// None does. Race checks count no points, and what they find, they find by luck.
    Missed,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let workbook = judging::workbook();
    let table = Trial::test("the_table_is_of_what_there_is", || Ok(table::is_of(workbook)?));
    // cargo-mutants need not be installed for what is quick.
    if !(arguments.ignored || arguments.include_ignored) {
        return libtest_mimic::run(&arguments, vec![table]).exit_code();
    }
    let judge = Arc::new(Judge { judging: Judging::new(workbook), counts: Mutex::default() });
    let mut trials = vec![table];
    for exercise in workbook.exercises() {
        match mutants(workbook, &judge, exercise) {
            Ok(mutants) => trials.extend(mutants),
            Err(fault) => trials.push(Trial::test(name(exercise), move || Err(fault.into()))),
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let counts = judge.counts.lock().unwrap_or_else(PoisonError::into_inner);
    for exercise in workbook.exercises() {
        if let Some(counts) = counts.get(&exercise.number)
            && counts.not_viable + counts.caught + counts.missed == counts.generated
            && let Err(Fault(text)) = table::compare(workbook, &judge.judging, exercise, counts)
        {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}

fn name(exercise: &Exercise) -> String {
    format!("exercise-{}", exercise.number)
}

/// The trials of an exercise: one for each mutant, and one for each entry of the list that is
/// about no mutant.
fn mutants(
    workbook: &Workbook,
    judge: &Arc<Judge>,
    exercise: &Arc<Exercise>,
) -> Result<Vec<Trial>, Fault> {
    let mut mutated = Mutated::read(exercise)?;
    let solution = workbook.answer(exercise, Owner::Workbook).path();
    let designs = mutated.designs.iter().map(|design| {
        (design.clone(), exercise.tests.join("designs").join(design).with_extension("rs"))
    });
    let answers: Vec<(String, PathBuf)> =
        [(SOLUTION.to_owned(), solution)].into_iter().chain(designs).collect();
    let mut trials = Vec::new();
    for (answer, file) in answers {
        for mutant in generate::mutants(workbook, &file)? {
            let listed = mutated.take(&answer, &mutant);
            let test = format!("{}::{answer}::{}: {}", name(exercise), mutant.place, mutant.change);
            let (judge, exercise) = (Arc::clone(judge), Arc::clone(exercise));
            let run = move || judge.judge(&exercise, &mutant, listed.as_ref());
            trials.push(Trial::test(test, run).with_ignored_flag(true));
        }
    }
    judge.counts(exercise, |counts| counts.generated = trials.len());
    trials.extend(mutated.missed.into_iter().map(|entry| {
        let test = format!("{}::{}::{}", name(exercise), entry.answer, entry.mutant);
        let stale = || Err("it is in mutants.toml, and is not made any more".into());
        Trial::test(test, stale).with_ignored_flag(true)
    }));
    Ok(trials)
}

impl Judge {
    fn judge(
        &self,
        exercise: &Arc<Exercise>,
        mutant: &Mutant,
        listed: Option<&Listed>,
    ) -> Result<(), Failed> {
        let checks: Vec<&Check> = exercise.checks.iter().collect();
        let verdict = self.judging.judge(exercise, &mutant.text, &checks);
        let end = End::of(&verdict)?;
        self.counts(exercise, |counts| {
            *match end {
                End::NotViable => &mut counts.not_viable,
                End::Caught => &mut counts.caught,
                End::Missed => &mut counts.missed,
            } += 1;
        });
        match (end, listed) {
            (End::NotViable | End::Caught, None) | (End::Missed, Some(_)) => Ok(()),
            (End::Missed, None) => {
                Err(format!("no check that counts points fails; the line was: {}", mutant.line)
                    .into())
            }
            (End::Caught, Some(_)) => {
                let by: Vec<&str> = verdict.failing().map(|check| &*check.name).collect();
                Err(format!("it is in mutants.toml, and is caught by {}", by.join(", ")).into())
            }
            (End::NotViable, Some(_)) => {
                Err("it is in mutants.toml, and rustc does not accept it".into())
            }
        }
    }

    fn counts(&self, exercise: &Exercise, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        count(counts.entry(exercise.number).or_default());
    }
}

impl End {
    fn of(verdict: &Verdict) -> Result<Self, Failed> {
        match verdict.status {
            Status::DoesNotCompile => Ok(Self::NotViable),
            Status::Passed | Status::Failed | Status::Inconclusive => {
                let caught = verdict.failing().any(|check| check.max_points > 0);
                Ok(if caught { Self::Caught } else { Self::Missed })
            }
            other => {
                let why = verdict.message.as_deref().unwrap_or_default();
                Err(format!("{other:?}: {why}").into())
            }
        }
    }
}
