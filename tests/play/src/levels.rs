//! What there is to play: the model of a check, and the interleaving of it that failed.

use std::cmp::Reverse;

use schedule::Schedule;
use schedule::graph::{Graph, Level};
use workbook::answer::AnswerSource;
use workbook::exercise::{Check, Exercise, Kind, Search};
use workbook::state::State;
use workbook::status::{ExerciseStatus, same_lines};
use workbook::verdict::{CheckResult, Verdict};
use workbook::{Fault, Workbook, judge};

use crate::{recorded, walk};

/// What there is to play.
#[derive(Debug)]
pub struct Played {
    /// At least one.
    pub levels: Vec<Level>,
    /// What is missing, in a sentence each.
    pub missing: Vec<String>,
}

/// The levels of an answer: of one check, or of the one that the last verdict is about.
///
/// # Errors
///
/// If there is nothing to play: the answer does not compile, or the walk cannot be made and no
/// interleaving was recorded.
pub fn of(
    workbook: &Workbook,
    answer: &AnswerSource,
    check: Option<&str>,
    seed: Option<u64>,
) -> Result<Played, Fault> {
    let (status, text) = ExerciseStatus::of(answer)?;
    let (package, exercise) = (&answer.package, &answer.exercise);
    match status {
        ExerciseStatus::Missing => return Err(answer.missing()),
        ExerciseStatus::NotStarted => {
            let file = answer.file.display();
            return Err(Fault(format!("{package} is still the stub: write an answer in {file}")));
        }
        ExerciseStatus::NotChecked | ExerciseStatus::Changed | ExerciseStatus::Checked(_) => {}
    }
    let last = State::of(answer).last_verdict(&exercise.checks);
    let asked = check.map(|name| model(exercise, name)).transpose()?;
    let failing = last.as_ref().and_then(|last| failing(&last.verdict, asked));
    let check = match (asked, failing) {
        (Some(asked), _) => asked,
        (None, Some(failing)) => exercise.check(&failing.name)?,
        (None, None) => default(exercise)?,
    };
    let failing = failing.and_then(|failing| failing.schedule.as_ref());
    let is_current = last.as_ref().is_some_and(|last| same_lines(&last.answer, &text));
    let recorded = match seed {
        Some(seed) => Some(replayed(answer, check, seed)?),
        None => failing.filter(|_| is_current).cloned(),
    };
    let mut played = Played { levels: Vec::new(), missing: Vec::new() };
    if exercise.search == Some(Search::Exhaustive) {
        let scenario = failing.map(|schedule| &*schedule.scenario);
        match walk::walk(workbook, answer, &check.name, scenario)? {
            Ok(graph) => played.levels.push(chosen(answer, check, graph)),
            Err(why) => played.missing.push(format!("you cannot choose who runs next: {why}")),
        }
    } else if last.is_none() && seed.is_none() {
        let why = format!("{package} has no verdict yet; to get one: just check {package}");
        played.missing.push(why);
    }
    match recorded {
        Some(schedule) => played.levels.push(replay(answer, check, &schedule, &text)),
        None if failing.is_some() && !is_current => played.missing.push(format!(
            "{package} has changed since its last verdict, so what failed then is not shown; to \
             check it: just check {package}"
        )),
        None => {}
    }
    if !played.levels.is_empty() {
        return Ok(played);
    }
    if played.missing.is_empty() {
        let name = &check.name;
        played.missing.push(format!("no schedule of {name} has failed, so there is none to show"));
    }
    Err(Fault(played.missing.join("\n")))
}

/// The check with a recorded interleaving that is to be looked at first, or the one that is asked for
/// if it has one.
fn failing<'a>(verdict: &'a Verdict, asked: Option<&Check>) -> Option<&'a CheckResult> {
    let has_one = |result: &&CheckResult| {
        result.kind == Kind::Explored
            && result.schedule.is_some()
            && asked.is_none_or(|check| result.name == check.name)
    };
    let first = verdict.first_to_fix().filter(has_one);
    first.or_else(|| verdict.failing().find(has_one))
}

/// The check of this name, if it has a model.
fn model<'a>(exercise: &'a Exercise, name: &str) -> Result<&'a Check, Fault> {
    let models = || exercise.checks.iter().filter(|check| check.kind == Kind::Explored);
    exercise.check(name).ok().filter(|check| check.kind == Kind::Explored).ok_or_else(|| {
        let names: Vec<String> = models().map(|check| format!("  {}", check.name)).collect();
        Fault(format!("there is no model `{name}`; there is\n{}", names.join("\n")))
    })
}

/// The model of the check that counts most.
fn default(exercise: &Exercise) -> Result<&Check, Fault> {
    let models = exercise.checks.iter().filter(|check| check.kind == Kind::Explored);
    let first = models.min_by_key(|check| Reverse(check.points));
    first.ok_or_else(|| Fault(format!("{} has no models", exercise.folder())))
}

/// The schedule of a seed, whether it fails or not.
fn replayed(answer: &AnswerSource, check: &Check, seed: u64) -> Result<Schedule, Fault> {
    let verdict = judge::replay(answer, std::slice::from_ref(&check.name), seed)?;
    let schedule = verdict.checks.into_iter().find_map(|result| result.schedule);
    let why = verdict.message.unwrap_or_else(|| "it was not recorded".to_owned());
    schedule.ok_or_else(|| Fault(format!("the schedule of seed {seed} cannot be shown: {why}")))
}

fn chosen(answer: &AnswerSource, check: &Check, graph: Graph) -> Level {
    Level {
        title: check.title.clone(),
        goal: format!("{}. {}", capitalised(&graph.scenario), invitation(&graph)),
        ..level(answer, check, graph)
    }
}

fn invitation(graph: &Graph) -> &'static str {
    match graph.failing.as_deref() {
        Some("0") => "Choose who runs next. Your answer holds, whatever you choose.",
        None if graph.simplest.is_none() => {
            "Choose who runs next. No interleaving fails of those that are shown."
        }
        _ => "Choose who runs next, and try to break your answer.",
    }
}

fn replay(answer: &AnswerSource, check: &Check, schedule: &Schedule, text: &str) -> Level {
    let (title, went) = match schedule.outcome.is_empty() {
        true => ("One that passes", "went well"),
        false => ("The one that failed", "failed"),
    };
    Level {
        name: format!("{}-recorded", check.name.replace('_', "-")),
        title: title.to_owned(),
        goal: format!("{}. This is how it {went}, step by step.", capitalised(&schedule.scenario)),
        recorded: true,
        ..level(answer, check, recorded::graph(schedule, text))
    }
}

fn level(answer: &AnswerSource, check: &Check, graph: Graph) -> Level {
    let (package, exercise) = (&answer.package, &answer.exercise);
    let (page, anchor) = check.guide.split_once('#').unwrap_or((&check.guide, ""));
    let section = exercise.section(page, anchor).map(|section| section.title);
    let section = section.map(|title| format!(", \"{title}\"")).unwrap_or_default();
    Level {
        name: check.name.replace('_', "-"),
        title: String::new(),
        goal: String::new(),
        lesson: format!(
            "A hint: `just hint {package} {}`. To read: `guide/src/{page}.md`{section}.",
            check.name
        ),
        link: None,
        recorded: false,
        broken: graph,
        mended: None,
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
