//! Answers that are walked: what comes out is held against what the checks say of them.

use std::collections::BTreeMap;
use std::fs;

use play::{levels, recorded, walk};
use schedule::graph::{Graph, Outcome, Status};
use schedule::{Found, Operation, Schedule, Source, Step, draw};
use tempfile::TempDir;
use workbook::answer::{AnswerSource, Owner};
use workbook::exercise::Search;
use workbook::state::{LastVerdict, State};
use workbook::{Workbook, judge, known, stage};

const WAKE_UP: &str = "no_wakeup_is_lost";

fn workbook() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

/// An answer with this text, in a folder of its own.
fn answer(exercise: &str, name: &str, text: &str) -> (TempDir, AnswerSource) {
    let exercise = workbook().find(exercise).expect("it exists").exercise;
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("{}.rs", exercise.name);
    fs::write(folder.path().join(&file), text).expect("a file");
    let workspace = folder.path().to_owned();
    let package = format!("test-{name}");
    let answer =
        AnswerSource { exercise, package, workspace, file: file.into(), owner: Owner::Learner };
    (folder, answer)
}

fn walked(exercise: &str, name: &str, text: &str, check: &str) -> Result<Graph, String> {
    let (_folder, answer) = answer(exercise, name, text);
    walk::walk(&workbook(), &answer, check, None).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

fn designs(exercise: &str) -> BTreeMap<String, String> {
    let exercise = workbook().find(exercise).expect("it exists").exercise;
    known::designs(&exercise).expect("they can be read")
}

fn bug(exercise: &str, name: &str) -> String {
    let exercise = workbook().find(exercise).expect("it exists").exercise;
    known::bugs(&workbook(), &exercise).expect("they can be read")[name].text.clone()
}

fn solution() -> String {
    let solution = workbook().find("solution-4").expect("it exists");
    solution.read().expect("it can be read").expect("it is there")
}

fn assert_never_fails(name: &str, graph: &Graph) {
    assert_eq!(graph.failing.as_deref(), Some("0"), "{name}");
    assert_ne!(graph.interleavings.as_deref(), Some("1"), "{name}: there is nothing to choose");
}

#[test]
fn right_answers_do_not_fail_in_any_interleaving() {
    for (exercise, design, check) in [
        ("exercise-4", "bounded-channel", "a_dropped_waiter_loses_no_permit"),
        ("exercise-4", "atomic-fast-path", WAKE_UP),
        ("exercise-1", "state-machine", "a_token_is_spent_once"),
    ] {
        let graph = walked(exercise, design, &designs(exercise)[design], check);
        assert_never_fails(design, &graph.expect("it can be walked"));
    }
}

#[test]
fn every_exercise_with_an_exhaustive_search_can_be_played() {
    let exercises = workbook();
    let exercises = exercises.exercises().iter();
    let searched = exercises.filter(|exercise| exercise.search == Some(Search::Exhaustive));
    let mut played = 0;
    for exercise in searched {
        let solution = workbook().answer(exercise, Owner::Workbook);
        let text = solution.read().expect("it can be read").expect("it is there");
        let name = format!("solution-{}", exercise.label());
        let (_folder, answer) = answer(&exercise.folder(), &name, &text);
        let levels = levels::of(&workbook(), &answer, None, None);
        let levels = levels.unwrap_or_else(|fault| panic!("{name}: {fault}")).levels;
        assert_never_fails(&name, &levels[0].broken);
        played += 1;
    }
    assert!(played > 1);
}

#[test]
#[ignore = "takes a minute"]
fn no_design_fails_in_any_interleaving() {
    for (exercise, check) in [("exercise-4", WAKE_UP), ("exercise-1", "a_token_is_spent_once")] {
        for (name, text) in designs(exercise) {
            let graph = walked(exercise, &name, &text, check);
            assert_never_fails(&name, &graph.expect("it can be walked"));
        }
    }
}

#[test]
fn a_token_that_is_spent_twice_is_found() {
    let text = bug("exercise-1", "looks-under-the-read-lock");
    let graph = walked("exercise-1", "token", &text, "a_token_is_spent_once");
    let graph = graph.expect("it can be walked");
    assert_eq!(graph.simplest.as_ref().map(|way| way.preemptions), Some(1));
    assert!(
        graph.steps.iter().any(|step| step.words == "calls try_spend, locks tokens, sees 1000")
    );
}

/// The lost wake-up of the README: what the check recorded is shown as it is, and beside it all
/// interleavings of the same model.
#[test]
fn the_schedule_of_the_last_verdict_can_be_gone_through() {
    let text = bug("exercise-4", "two-locks");
    let (_folder, answer) = answer("exercise-4", "two-locks", &text);
    let recorded = judged(&answer, &text);

    let played = levels::of(&workbook(), &answer, None, None).expect("there is something to play");
    assert_eq!(played.missing, Vec::<String>::new());
    let [chosen, replay] = &played.levels[..] else { panic!("{} levels", played.levels.len()) };
    assert_eq!((&*chosen.name, chosen.recorded), ("no-wakeup-is-lost", false));
    let simplest = chosen.broken.simplest.as_ref().expect("it can be broken");
    assert_eq!(simplest.preemptions, 1);

    assert!(replay.recorded);
    let words: Vec<String> =
        recorded.steps.iter().map(|step| draw::words(&recorded.threads, step)).collect();
    let shown: Vec<&str> = way(&replay.broken).iter().map(|step| &*step.words).collect();
    assert_eq!(shown, words);
    let last = replay.broken.nodes.last().expect("there are nodes");
    assert!(last.outcome.as_ref().is_some_and(Outcome::is_failure));
    let asleep = &replay.broken.threads[1].states[last.threads[1]];
    assert_eq!((asleep.status, &*asleep.words), (Status::Waiting, "sleeps until it is woken"));
    let state = replay.broken.objects.iter().position(|object| object.name == "state");
    let state = state.expect("it is shown");
    let state = &replay.broken.objects[state].states[last.objects[state].expect("it is known")];
    assert_eq!(state.value.as_deref(), Some("queue 1 entry, next_ticket 1"));

    // Once the answer has changed, the lines of the schedule would be wrong.
    fs::write(answer.path(), format!("// Changed.\n{text}")).expect("a file");
    let played = levels::of(&workbook(), &answer, None, None).expect("there is something to play");
    assert_eq!(played.levels.len(), 1);
    let [missing] = &played.missing[..] else { panic!("{:?}", played.missing) };
    assert!(missing.contains("has changed since its last verdict"), "{missing}");
}

/// As a search by seeds records it: events of tasks, and what they wait for at the end.
#[test]
fn a_schedule_of_tasks_ends_where_they_wait() {
    let event = |thread, operation, text: &str| Step {
        text: Some(text.to_owned()),
        ..Step::new(thread, operation)
    };
    let schedule = Schedule {
        scenario: "one worker".to_owned(),
        threads: vec!["main".to_owned(), "worker 1".to_owned()],
        steps: vec![
            event(0, Operation::Event, "submits job 1"),
            event(1, Operation::Event, "starts job 1"),
            event(1, Operation::Event, "finishes job 1"),
            event(0, Operation::Stuck, "waits for `shutdown`"),
        ],
        outcome: "all of them wait, and none is left to wake another".to_owned(),
        notes: Vec::new(),
        found: Found::Seeded { seed: 7 },
        source: Source::default(),
    };
    let graph = recorded::graph(&schedule, "");
    let states = |node: usize| {
        let states = graph.nodes[node].threads.iter().zip(&graph.threads);
        let states = states.map(|(at, thread)| &thread.states[*at]);
        states.map(|state| (state.status, &*state.words)).collect::<Vec<_>>()
    };
    assert_eq!(states(0), [(Status::Ready, "submits job 1"), (Status::Unborn, "has not begun")]);
    assert_eq!(states(1), [(Status::Waiting, "goes on later"), (Status::Ready, "starts job 1")]);
    assert_eq!(
        states(4),
        [(Status::Waiting, "waits for `shutdown`"), (Status::Ended, "makes no more steps")]
    );
    let outcome = graph.nodes[4].outcome.clone();
    assert_eq!(outcome, Some(Outcome::Deadlock { message: schedule.outcome }));
    assert_eq!(
        graph.left_out.as_deref(),
        Some("The schedule of seed 7, as the check recorded it.")
    );
}

/// Judges the answer by one check, keeps the verdict as `just check` does, and returns what failed.
fn judged(answer: &AnswerSource, text: &str) -> Schedule {
    let folder = workbook().target().join("stage/played");
    let answers = BTreeMap::from([("two-locks".to_owned(), text.to_owned())]);
    let staged = stage::stage(&workbook(), &folder, &answer.exercise, &answers);
    let staged = staged.expect("it can be staged").remove(0);
    let verdict = judge::judge(&staged, &[WAKE_UP.to_owned()]).expect("it can be judged");
    let failed = verdict.checks.iter().find(|check| check.name == WAKE_UP).expect("it was run");
    let schedule = failed.schedule.clone().expect("it fails");
    State::of(answer).keep(&LastVerdict { answer: text.to_owned(), verdict });
    schedule
}

/// The steps of the recorded interleaving.
fn way(graph: &Graph) -> Vec<&schedule::graph::Done> {
    let mut at = 0;
    let mut steps = Vec::new();
    while let [edge] = &graph.nodes[at].edges[..] {
        steps.push(&graph.steps[edge.step]);
        at = edge.to;
    }
    steps
}

#[test]
fn what_the_walk_cannot_see_or_lacks_is_one_sentence() {
    let hidden = solution().replacen("use crate::sync::", "use std::sync::", 1);
    let why = walked("exercise-4", "hidden", &hidden, WAKE_UP).expect_err("it cannot be seen");
    assert!(why.starts_with("src/semaphore.rs:") && why.contains("std::sync::"), "{why}");

    let lacking = format!(
        "{}\nfn lacking(n: &crate::sync::AtomicUsize) -> *mut usize {{ n.as_ptr() }}\n",
        solution()
    );
    let why = walked("exercise-4", "lacking", &lacking, WAKE_UP).expect_err("it is lacking");
    assert!(why.starts_with("the walk does not have all that it uses: src/semaphore.rs:"), "{why}");
    assert!(why.contains("as_ptr"), "{why}");

    let why = walked("exercise-4", "orderings", &solution(), "writes_are_visible_to_try_acquire");
    let why = why.expect_err("orderings are no interleavings");
    assert!(why.contains("what one thread sees of the writes of another"), "{why}");
}

#[test]
fn what_cannot_be_played_says_why() {
    let fault = |name: &str, text: &str, check: Option<&str>| {
        let (_folder, answer) = answer("exercise-4", name, text);
        let played = levels::of(&workbook(), &answer, check, None);
        played.map(|played| played.levels.len()).expect_err("there is nothing to play").0
    };
    let stub = workbook().find("exercise-4").expect("it exists").exercise.stub();
    let stub = fs::read_to_string(stub).expect("it is there");
    assert_eq!(
        fault("stub", &stub, None),
        "test-stub is still the stub: write an answer in semaphore.rs"
    );
    let unknown = fault("unknown", &solution(), Some("no_such_model"));
    assert!(unknown.starts_with("there is no model `no_such_model`; there is\n  "), "{unknown}");
    assert!(unknown.contains("\n  no_wakeup_is_lost\n"), "{unknown}");
    let refused = fault(
        "refused",
        &format!("#![allow(unsafe_code)]\n{}\nunsafe fn f() {{}}", solution()),
        None,
    );
    assert!(refused.starts_with("semaphore.rs:") && refused.contains("unsafe"), "{refused}");
    let broken = fault("broken", &solution().replacen("self.", "self..", 1), None);
    assert!(broken.starts_with("test-broken does not compile:\n"), "{broken}");
    assert!(broken.contains("semaphore.rs:") && !broken.contains("answers/"), "{broken}");
}
