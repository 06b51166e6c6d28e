//! What came of a class in numbers.

use std::collections::BTreeMap;

use crate::made::{BLOCKS, DOES_NOT_COMPILE, MadeClass, SEMAPHORE, grade, parsed};
use grading::gradebook::{Exercise, Status};
use grading::report::statistics::{self, CheckCounts, Statistics};
use workbook::verdict::{CheckResult, CheckStatus, Verdict};

/// The statistics of exercise 4 for a class with these verdicts. Learners are `0`, `1` and so on.
fn of(verdicts: Vec<Verdict>) -> (Exercise, Statistics) {
    let mut class = MadeClass::empty();
    class.gradebook.exercises.drain(..SEMAPHORE);
    for (at, verdict) in verdicts.into_iter().enumerate() {
        let grade = class.judged("exercise-4", verdict);
        class.learner(&at.to_string(), "Somebody", vec![grade]);
    }
    let mut statistics = statistics::of(&class.gradebook).expect("the verdicts can be read");
    (class.gradebook.exercises.remove(0), statistics.remove(0))
}

fn passed() -> Verdict {
    MadeClass::empty().passed("exercise-4")
}

/// A verdict with one check that fails with this message.
fn failed(check: &str, message: &str) -> Verdict {
    let mut verdict = passed();
    let result = result(&mut verdict, check);
    result.status = CheckStatus::Failed;
    result.message = Some(message.to_owned());
    Verdict { status: workbook::verdict::Status::Failed, points: 90, ..verdict }
}

fn result<'a>(verdict: &'a mut Verdict, check: &str) -> &'a mut CheckResult {
    verdict.checks.iter_mut().find(|result| result.name == check).expect("the check")
}

/// The title and the answers of each failure.
fn failures(statistics: &Statistics) -> Vec<(&str, &[usize])> {
    statistics.failures.iter().map(|it| (&*it.title, &*it.learners)).collect()
}

#[test]
fn each_grade_is_counted_by_its_status() {
    let mut class = MadeClass::empty();
    class.gradebook.exercises.truncate(1);
    let statuses = [Status::Missing, Status::Refused, Status::Missing, Status::NotStarted];
    for status in statuses {
        let mut grade = grade("exercise-1", status);
        grade.late = status == Status::Missing;
        class.learner("id", "Name", vec![grade]);
    }
    let statistics = statistics::of(&class.gradebook).expect("there is nothing to read");
    let expected = [(Status::NotStarted, 1), (Status::Missing, 2), (Status::Refused, 1)];
    assert_eq!(statistics[0].statuses, BTreeMap::from(expected));
    assert_eq!((statistics[0].late, statistics[0].run), (2, 0));
    assert_eq!(statistics[0].median, Some(0));
}

#[test]
fn half_of_the_class_has_the_median_or_more() {
    let median = |points: &[u32]| {
        let verdicts = points.iter().map(|&points| Verdict { points, ..passed() });
        of(verdicts.collect()).1.median
    };
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[90]), Some(90));
    assert_eq!(median(&[10, 90, 20]), Some(20));
    assert_eq!(median(&[80, 10, 90, 20]), Some(80));
}

#[test]
fn the_check_that_most_answers_fail_is_first() {
    let rare = failed("no_wakeup_is_lost", "a task waits forever");
    let common = failed("zero_permits_means_none", "there is a permit");
    let (exercise, statistics) = of(vec![passed(), rare, common.clone(), common]);
    let name = |counts: &CheckCounts| exercise.checks[counts.check].name.clone();
    let first: Vec<_> = statistics.checks.iter().take(3).map(|it| (name(it), it.failed)).collect();
    let first: Vec<_> = first.iter().map(|(name, failed)| (&**name, *failed)).collect();
    assert_eq!(first[..2], [("zero_permits_means_none", 2), ("no_wakeup_is_lost", 1)]);
    assert_eq!(first[2], (&*exercise.checks[0].name, 0));
    assert_eq!(statistics.run, 4);
}

#[test]
fn what_was_not_run_is_not_counted_as_failed() {
    let (_, statistics) = of(vec![parsed(BLOCKS), parsed(DOES_NOT_COMPILE)]);
    assert_eq!(statistics.run, 1);
    let sums =
        statistics.checks.iter().map(|it| it.passed + it.failed + it.inconclusive + it.not_run);
    assert!(sums.into_iter().all(|sum| sum == 1));
    assert_eq!(statistics.checks.iter().map(|it| it.failed).sum::<usize>(), 3);
    assert!(statistics.checks.iter().any(|it| it.not_run == 1));
}

#[test]
fn failures_that_differ_only_in_numbers_are_one() {
    let (_, statistics) = of(vec![
        failed("zero_permits_means_none", "1 of 2 permits after 20 ms"),
        failed("zero_permits_means_none", "the count is wrong"),
        failed("zero_permits_means_none", "3 of 4 permits after 1s"),
        failed("no_wakeup_is_lost", "1 of 2 permits after 20 ms"),
    ]);
    let zero = "new(0) makes a semaphore without permits";
    let expected: [(&str, &[usize]); 3] =
        [(zero, &[0, 2]), (zero, &[1]), ("no wake-up is lost", &[3])];
    let mut found = failures(&statistics);
    found.sort_by_key(|(_, learners)| learners[0]);
    assert_eq!(found, expected);
    assert_eq!(statistics.failures[0].learners, [0, 2], "the most common is first");
}

#[test]
fn a_cause_that_is_more_general_than_a_check_is_one_failure() {
    let (_, statistics) = of(vec![parsed(BLOCKS)]);
    assert_eq!(failures(&statistics), [("the code blocks its thread", &[0][..])]);
    assert!(statistics.failures[0].also.is_empty());
}

#[test]
fn answers_that_do_not_compile_are_together_by_their_first_error() {
    let other = parsed(&DOES_NOT_COMPILE.replace("E0382", "E0308"));
    let (_, statistics) = of(vec![parsed(DOES_NOT_COMPILE), other, parsed(DOES_NOT_COMPILE)]);
    let title = "the code does not compile";
    assert_eq!(failures(&statistics), [(title, &[0, 2][..]), (title, &[1][..])]);
    assert_eq!(statistics.failures[0].example.check, None);
}

#[test]
fn what_the_same_answers_fail_as_well_is_named_with_it() {
    let both = |mut verdict: Verdict| {
        let other = result(&mut verdict, "zero_permits_means_none");
        other.status = CheckStatus::Failed;
        verdict
    };
    let lost = || failed("no_wakeup_is_lost", "a task waits forever");
    let (_, statistics) = of(vec![both(lost()), both(lost()), both(lost()), lost()]);
    assert_eq!(failures(&statistics), [("no wake-up is lost", &[0, 1, 2, 3][..])]);
    let zero = "new(0) makes a semaphore without permits".to_owned();
    assert_eq!(statistics.failures[0].also, [(zero, 3)]);

    // Half of them is another failure.
    let (_, statistics) = of(vec![both(lost()), both(lost()), lost(), lost()]);
    assert_eq!(statistics.failures.len(), 2);
}

#[test]
fn the_example_is_the_one_that_is_easiest_to_follow() {
    let real = parsed(include_str!("verdicts/starts-over.json"));
    let check = "a_signal_that_meets_a_permit_loses_nothing";
    let only = |steps: Option<usize>| {
        let mut verdict = real.clone();
        for result in &mut verdict.checks {
            if result.name != check {
                result.status = CheckStatus::Passed;
            }
        }
        let schedule = &mut result(&mut verdict, check).schedule;
        match (steps, &mut *schedule) {
            (Some(steps), Some(schedule)) => schedule.steps.truncate(steps),
            _ => *schedule = None,
        }
        verdict
    };
    let (_, statistics) = of(vec![only(None), only(Some(9)), only(Some(5)), only(Some(7))]);
    assert_eq!(statistics.failures.len(), 1);
    assert_eq!(statistics.failures[0].learners.len(), 4);
    assert_eq!(statistics.failures[0].example.learner, 2);
    assert_eq!(statistics.failures[0].example.check.as_deref(), Some(check));
}
