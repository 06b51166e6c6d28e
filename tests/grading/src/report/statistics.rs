//! What came of a class's answers to an exercise, in numbers: what to teach again.

use std::collections::BTreeMap;

use workbook::verdict::{CheckResult, CheckStatus, Verdict};
use workbook::{Fault, hints, verdict};

use super::message::without_details;
use crate::gradebook::{Exercise, Gradebook, Status};

/// What came of the answers to one exercise.
#[derive(Debug)]
pub struct Statistics {
    /// How many grades there are of each status.
    pub statuses: BTreeMap<Status, usize>,
    /// How many answers were handed in after the deadline.
    pub late: usize,
    /// How many answers a person has to look at.
    pub to_review: usize,
    /// Half of those who have points have this many or more.
    pub median: Option<u32>,
    /// How many answers were run. The others do not compile, or are not there.
    pub run: usize,
    /// How each check ended, the one that most answers fail first.
    pub checks: Vec<CheckCounts>,
    /// What is wrong with several answers or with one, the most common first.
    pub failures: Vec<CommonFailure>,
}

/// How a check ended, for the answers that were run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckCounts {
    /// Its place among the exercise's checks.
    pub check: usize,
    /// How many answers pass it.
    pub passed: usize,
    /// How many answers fail it, or do not end.
    pub failed: usize,
    /// For how many answers there is no verdict either way.
    pub inconclusive: usize,
    /// For how many answers it was not run, since too many checks before it hang.
    pub not_run: usize,
}

/// What is wrong with several answers in the same way.
#[derive(Debug)]
pub struct CommonFailure {
    /// What does not hold, or what is wrong.
    pub title: String,
    /// The answers, by the places of their learners in the gradebook.
    pub learners: Vec<usize>,
    /// The answer on which it is easiest to follow.
    pub example: Example,
    /// What else is wrong with almost the same answers, and with how many of them. Most likely
    /// it is the same mistake.
    pub also: Vec<(String, usize)>,
}

/// One of the answers that fail in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The place of the learner in the gradebook.
    pub learner: usize,
    /// The name of the check. `None`: the answer does not compile.
    pub check: Option<String>,
}

/// The statistics of each exercise of the gradebook, in its order.
///
/// # Errors
///
/// If a verdict cannot be read.
pub fn of(gradebook: &Gradebook) -> Result<Vec<Statistics>, Fault> {
    let exercises = gradebook.exercises.iter().enumerate();
    exercises.map(|(place, exercise)| of_exercise(gradebook, place, exercise)).collect()
}

fn of_exercise(
    gradebook: &Gradebook,
    place: usize,
    exercise: &Exercise,
) -> Result<Statistics, Fault> {
    let mut statuses = BTreeMap::new();
    let mut points = Vec::new();
    let (mut late, mut to_review, mut run) = (0, 0, 0);
    let mut checks: Vec<CheckCounts> = (0..exercise.checks.len())
        .map(|check| CheckCounts { check, ..CheckCounts::default() })
        .collect();
    let mut groups = Groups::default();

    for (learner, grades) in gradebook.learners.iter().map(|it| &it.grades).enumerate() {
        let Some(grade) = grades.get(place) else { continue };
        *statuses.entry(grade.status).or_default() += 1;
        late += usize::from(grade.late);
        to_review += usize::from(!grade.review.is_empty());
        points.extend(grade.points);
        let Some(verdict) = gradebook.verdict(grade)? else { continue };
        groups.add(learner, &verdict);
        if verdict.checks.iter().any(|check| check.status != CheckStatus::NotRun) {
            run += 1;
            count(&mut checks, exercise, &verdict);
        }
    }

    checks.sort_by_key(|counts| (usize::MAX - counts.failed, usize::MAX - counts.inconclusive));
    points.sort_unstable();
    let median = points.get(points.len() / 2).copied();
    let failures = groups.common_failures();
    Ok(Statistics { statuses, late, to_review, median, run, checks, failures })
}

fn count(counts: &mut [CheckCounts], exercise: &Exercise, verdict: &Verdict) {
    for (counts, check) in counts.iter_mut().zip(&exercise.checks) {
        let result = verdict.checks.iter().find(|result| result.name == check.name);
        let status = result.map_or(CheckStatus::NotRun, |result| result.status);
        *match status {
            CheckStatus::Passed => &mut counts.passed,
            CheckStatus::Failed | CheckStatus::Timeout => &mut counts.failed,
            CheckStatus::Inconclusive => &mut counts.inconclusive,
            CheckStatus::NotRun => &mut counts.not_run,
        } += 1;
    }
}

/// What is the same about failures of one group.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// rustc does not accept the answer.
    Compiler { error: String },
    /// The cause is the same for all checks.
    General { headline: &'static str },
    /// The check, the cause if there is one, and the message without its details.
    Check { name: String, cause: Option<&'static str>, message: String },
}

/// Failures that are alike.
#[derive(Debug)]
struct Group {
    title: String,
    learners: Vec<usize>,
    example: Example,
    /// How hard it is to follow the example.
    effort: Effort,
}

/// Whether there is a drawing (`false` is better), and its length.
type Effort = (bool, usize);

#[derive(Debug, Default)]
struct Groups(BTreeMap<Key, Group>);

impl Groups {
    /// Adds what is wrong with an answer.
    fn add(&mut self, learner: usize, verdict: &Verdict) {
        if verdict.status == verdict::Status::DoesNotCompile {
            let message = verdict.message.as_deref().unwrap_or_default();
            let error = without_details(first_error(message));
            let title = "the code does not compile".to_owned();
            let example = Example { learner, check: None };
            self.put(Key::Compiler { error }, title, example, (false, message.len()));
        }
        for check in verdict.failing() {
            let message = check.message.as_deref().unwrap_or_default();
            let general = check.cause.filter(|&cause| verdict::is_general(cause));
            let (key, title) = match general.map(hints::headline) {
                Some(headline) => (Key::General { headline }, headline.to_owned()),
                None => {
                    let cause = check.cause.map(hints::headline);
                    let (name, message) = (check.name.clone(), without_details(message));
                    (Key::Check { name, cause, message }, check.title.clone())
                }
            };
            let example = Example { learner, check: Some(check.name.clone()) };
            self.put(key, title, example, effort(check));
        }
    }

    fn put(&mut self, key: Key, title: String, example: Example, effort: Effort) {
        let learner = example.learner;
        let new = || Group { title, learners: Vec::new(), example: example.clone(), effort };
        let group = self.0.entry(key).or_insert_with(new);
        if group.learners.last() != Some(&learner) {
            group.learners.push(learner);
        }
        if effort < group.effort {
            (group.example, group.effort) = (example, effort);
        }
    }

    /// The groups, the largest first. A group is named in another one, if that has all of its
    /// answers and not many more.
    fn common_failures(self) -> Vec<CommonFailure> {
        let mut groups: Vec<Group> = self.0.into_values().collect();
        // Of two that have the same answers, the one that is easier to follow.
        groups.sort_by_key(|group| (usize::MAX - group.learners.len(), group.effort));
        let mut failures: Vec<CommonFailure> = Vec::new();
        for Group { title, learners, example, .. } in groups {
            match failures.iter_mut().find(|failure| is_almost_all(&learners, &failure.learners)) {
                Some(failure) => failure.also.push((title, learners.len())),
                None => failures.push(CommonFailure { title, learners, example, also: Vec::new() }),
            }
        }
        failures
    }
}

fn effort(check: &CheckResult) -> Effort {
    let steps = check.schedule.as_ref().map(|schedule| schedule.steps.len());
    let steps = steps.or(check.story.as_ref().map(|story| story.events.len()));
    (steps.is_none_or(|steps| steps == 0), steps.unwrap_or(0))
}

/// Whether some are at least three quarters of the others. Both are sorted.
fn is_almost_all(some: &[usize], others: &[usize]) -> bool {
    4 * some.len() >= 3 * others.len() && some.iter().all(|it| others.binary_search(it).is_ok())
}

/// The first line of rustc's first error.
fn first_error(message: &str) -> &str {
    let mut lines = message.lines();
    lines.find(|line| line.contains("error")).unwrap_or_default()
}
