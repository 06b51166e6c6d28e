//! Judges one answer, or all.

use std::process::ExitCode;

use serde::Serialize;

use super::{FAULT, NOT_PASSED, exit_code, judge_and_keep, not_started};
use crate::answer::AnswerSource;
use crate::overview::{self, Last, Row};
use crate::progress::Progress;
use crate::standing::Standing;
use crate::verdict::{Status, Verdict};
use crate::{Fault, Workbook};
use crate::{interrupt, judge, print};

/// What to judge, and how.
#[derive(Debug, Default)]
pub struct Check {
    /// All, if there is no name.
    pub exercise: Option<String>,
    /// All, if there is none.
    pub checks: Vec<String>,
    /// The one schedule of explored checks.
    pub replay: Option<u64>,
    /// As data, and not for people.
    pub json: bool,
}

/// Does it.
///
/// # Errors
///
/// As [`judge::judge`], and if there is no such exercise.
pub fn run(workbook: &Workbook, check: &Check) -> Result<ExitCode, Fault> {
    interrupt::ends_this_process()?;
    if let Some(answers) = workbook.find_all(check.exercise.as_deref()) {
        return match check {
            Check { checks, replay: None, json, .. } if checks.is_empty() => all(&answers, *json),
            _ => Err(Fault("say which exercise the checks are of".to_owned())),
        };
    }
    let answer = workbook.find(check.exercise.as_deref().unwrap_or_default())?;
    let verdict = match check.replay {
        Some(seed) => judge::replay(&answer, &check.checks, seed)?,
        None if check.checks.is_empty() => judge_and_keep(&answer, &Progress::of_one())?,
        None => judge::judge(&answer, &check.checks)?,
    };
    interrupt::heed();
    match check.json {
        true => print_json(&verdict)?,
        false => {
            anstream::print!("{}", print::verdict(&answer, &verdict, print::width()));
        }
    }
    Ok(exit_code(&verdict))
}

fn all(answers: &[AnswerSource], json: bool) -> Result<ExitCode, Fault> {
    let mut to_judge = Vec::new();
    let mut checks = 0;
    for answer in answers {
        let wanted = match Standing::of(answer)? {
            (Standing::Missing, _) => return Err(answer.missing()),
            (Standing::NotStarted, _) => false,
            _ => true,
        };
        checks += if wanted { answer.exercise.checks.len() } else { 0 };
        to_judge.push((answer, wanted));
    }
    let progress = Progress::of_all(checks);
    // One after the other: built in one call of cargo, an answer would have the features of
    // what the others depend on too.
    let verdicts = to_judge.into_iter().map(|(answer, wanted)| match wanted {
        true => judge_and_keep(answer, &progress),
        false => Ok(not_started(answer)),
    });
    let verdicts = verdicts.collect::<Result<Vec<Verdict>, Fault>>()?;
    drop(progress);

    if json {
        print_json(&verdicts)?;
    } else {
        let rows = answers.iter().zip(&verdicts).map(|(answer, of)| Row::of_verdict(answer, of));
        let rows: Vec<Row> = rows.collect();
        let table = overview::table(&rows, Last::Next, print::width());
        anstream::print!("{table}\n{}", overview::total(&rows));
    }
    let faults = verdicts.iter().filter(|verdict| verdict.status == Status::GraderError);
    for verdict in faults.clone() {
        anstream::eprintln!("{}: {}", verdict.exercise, verdict.message.as_deref().unwrap_or(""));
    }
    Ok(if faults.count() > 0 {
        ExitCode::from(FAULT)
    } else if verdicts.iter().all(|verdict| verdict.status == Status::Passed) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NOT_PASSED)
    })
}

fn print_json<T: Serialize>(value: &T) -> Result<(), Fault> {
    let text = serde_json::to_string_pretty(value).map_err(Fault::of("the verdict"))?;
    println!("{text}");
    Ok(())
}
