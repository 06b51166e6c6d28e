//! Finds and draws the interleavings in which small programs fail.

mod models;

use std::path::PathBuf;

use anstream::adapter::strip_str;
use explorer::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use explorer::sync::{Arc, Mutex, RwLock, mpsc};
use explorer::{Answer, note, thread};
use harness::Allowed::Std;
use harness::{Scenario, check_explored};
use models::*;
use schedule::{Found, Interleaving, Outcome, Schedule, Search, Status, draw, runner};

const ANSWER: Answer = Answer { file: "tests/models.rs", text: include_str!("models.rs") };

/// Runs one of the models below as a check is run.
fn outcome(model: &str) -> Outcome {
    let binary: PathBuf = std::env::current_exe().expect("a running test has a binary");
    runner::run(&binary, model).expect("it can be run again").outcome
}

fn schedule(model: &str) -> Schedule {
    let outcome = outcome(model);
    assert_eq!(outcome.status, Status::Failed, "{outcome:?}");
    outcome.schedule.expect("a failure has a schedule")
}

/// The drawing for a terminal of this width, without colours.
fn drawn(model: &str, width: usize) -> String {
    strip_str(&draw::to_terminal(&schedule(model), width)).to_string()
}

fn scenario(text: &'static str) -> Scenario {
    Scenario { text, preemptions: None }
}

#[test]
#[ignore = "a model"]
fn lost_wake_up() {
    check_explored(ANSWER, Std, scenario("one slot, two threads"), || {
        let slots = Arc::new(Slots::new(1));
        let other = thread::spawn("other", {
            let slots = slots.clone();
            move || {
                slots.acquire();
                slots.release();
            }
        });
        slots.acquire();
        note("has the slot");
        slots.release();
        other.join();
    });
}

#[test]
#[ignore = "a model"]
fn opposite_orders() {
    check_explored(ANSWER, Std, scenario("two accounts, a transfer each way"), || {
        let (savings, current) = (account(5), account(5));
        let other = thread::spawn("other", {
            let (savings, current) = (savings.clone(), current.clone());
            move || transfer(&current, &savings)
        });
        transfer(&savings, &current);
        other.join();
    });
}

#[test]
#[ignore = "a model"]
fn lost_update() {
    check_explored(ANSWER, Std, scenario("two threads count up"), || {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = thread::spawn("other", {
            let counter = counter.clone();
            move || count_up(&counter)
        });
        count_up(&counter);
        other.join();
        assert_eq!(counter.load(Ordering::SeqCst), 2, "an update is lost");
    });
}

#[test]
#[ignore = "a model"]
fn lost_relaxed_update() {
    check_explored(ANSWER, Std, scenario("two threads count up"), || {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = thread::spawn("other", {
            let counter = counter.clone();
            move || count_up_relaxed(&counter)
        });
        count_up_relaxed(&counter);
        other.join();
        assert_eq!(counter.load(Ordering::SeqCst), 2, "an update is lost");
    });
}

#[test]
#[ignore = "a model"]
fn unordered_publication() {
    check_explored(ANSWER, Std, scenario("one thread publishes a value, one reads it"), || {
        let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
        let other = thread::spawn("other", {
            let shared = shared.clone();
            move || publish(&shared.0, &shared.1)
        });
        if shared.1.load(Ordering::Relaxed) {
            assert_eq!(shared.0.load(Ordering::Relaxed), 7, "the value is not there");
        }
        other.join();
    });
}

#[test]
#[ignore = "a model"]
fn below_zero() {
    check_explored(ANSWER, Std, scenario("nothing to take, two threads"), || {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = thread::spawn("other", {
            let counter = counter.clone();
            move || take_one(&counter)
        });
        let mine = take_one(&counter);
        let others = other.join();
        assert!(!mine && !others, "one took what was not there");
    });
}

#[test]
#[ignore = "a model"]
fn contended_try_lock() {
    check_explored(
        ANSWER,
        Std,
        scenario("two threads, and a lock that is always free again"),
        || {
            let lock = Arc::new(Mutex::new(0));
            let other = thread::spawn("other", {
                let lock = lock.clone();
                move || impatient(&lock)
            });
            let mine = impatient(&lock);
            let others = other.join();
            assert!(mine.is_some() && others.is_some(), "one gave up");
        },
    );
}

#[test]
#[ignore = "a model"]
fn deadlock_with_itself() {
    check_explored(ANSWER, Std, scenario("one thread, one lock"), || {
        let numbers = RwLock::new(vec![1, 2]);
        locks_twice(&numbers);
    });
}

#[test]
#[ignore = "a model"]
fn full_channel() {
    let scenario = Scenario { text: "two producers, room for one", preemptions: Some(2) };
    check_explored(ANSWER, Std, scenario, || {
        let (sender, mut receiver) = mpsc::channel(1);
        let producers = [1, 2].map(|value| {
            let sender = sender.clone();
            let name = if value == 1 { "first" } else { "second" };
            thread::spawn(name, move || produce(sender, value))
        });
        assert!(explorer::task::block_on(receiver.recv()).is_some());
        for producer in producers {
            producer.join();
        }
        let waiting = receiver.try_recv().is_ok();
        assert!(!waiting, "a value is left in the channel");
    });
}

#[test]
#[ignore = "a model"]
fn spins() {
    check_explored(ANSWER, Std, scenario("one waits for the other's flag"), || {
        let flag = Arc::new(AtomicBool::new(false));
        let other = thread::spawn("other", {
            let flag = flag.clone();
            move || flag.store(true, Ordering::Release)
        });
        spin(&flag);
        other.join();
    });
}

#[test]
#[ignore = "a model"]
fn spins_for_ever() {
    check_explored(ANSWER, Std, scenario("nobody sets the flag"), || {
        spin(&AtomicBool::new(false));
    });
}

#[test]
#[ignore = "a model"]
fn another_step_at_random() {
    differs(0b10110);
}

/// loom looks for an object of an earlier interleaving that does not exist in this one.
#[test]
#[ignore = "a model"]
fn another_object_at_random() {
    differs(0b1000);
}

/// A model that differs from interleaving to interleaving, by one bit for each, but not from run to
/// run of the test.
fn differs(locks_twice: u32) {
    let run = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    check_explored(ANSWER, Std, scenario("two threads, and a map"), move || {
        let run = run.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        at_random(locks_twice.rotate_right(run) & 1 == 1);
    });
}

#[test]
#[ignore = "a model"]
fn too_many() {
    let scenario = Scenario { text: "four threads count to four", preemptions: None };
    check_explored(ANSWER, Std, scenario, || count_in_four_threads(4));
}

#[test]
#[ignore = "a model"]
fn too_many_with_few_preemptions() {
    let scenario = Scenario { text: "four threads count to twelve", preemptions: None };
    check_explored(ANSWER, Std, scenario, || count_in_four_threads(12));
}

fn count_in_four_threads(times: usize) {
    let counter = Arc::new(AtomicUsize::new(0));
    let count = move |counter: &AtomicUsize| {
        for _ in 0..times {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    };
    let threads = ["second", "third", "fourth"].map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || count(&counter))
    });
    count(&counter);
    for thread in threads {
        thread.join();
    }
}

#[test]
fn a_lost_wake_up_is_drawn_in_columns() {
    insta::assert_snapshot!(drawn("lost_wake_up", 100));
}

#[test]
fn a_narrow_terminal_has_the_lines_below_the_columns() {
    insta::assert_snapshot!(drawn("lost_wake_up", 60));
}

#[test]
fn a_very_narrow_terminal_has_a_list() {
    insta::assert_snapshot!(drawn("lost_wake_up", 40));
}

#[test]
fn no_drawing_is_wider_than_the_terminal() {
    for model in ["lost_wake_up", "full_channel", "below_zero"] {
        let schedule = schedule(model);
        for width in [40, 60, 80, 100, 120] {
            let drawn = strip_str(&draw::to_terminal(&schedule, width)).to_string();
            for line in drawn.lines() {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_schedule_is_drawn_as_svg() {
    insta::assert_snapshot!(draw::to_svg(&schedule("lost_wake_up")));
}

#[test]
fn a_schedule_is_data() {
    let schedule = schedule("lost_update");
    let json = serde_json::to_string_pretty(&schedule).expect("it is plain data");
    assert_eq!(serde_json::from_str::<Schedule>(&json).expect("what was written"), schedule);
    insta::assert_snapshot!(json);
}

#[test]
fn locks_in_opposite_orders_deadlock() {
    insta::assert_snapshot!(drawn("opposite_orders", 100));
}

#[test]
fn a_lost_update_is_shown_with_its_values() {
    insta::assert_snapshot!(drawn("lost_update", 100));
}

#[test]
fn read_modify_writes_are_shown() {
    insta::assert_snapshot!(drawn("below_zero", 100));
}

#[test]
fn a_try_lock_that_finds_the_lock_taken_is_explored() {
    insta::assert_snapshot!(drawn("contended_try_lock", 100));
}

#[test]
fn a_lock_is_shown_where_its_guard_lives() {
    insta::assert_snapshot!(drawn("deadlock_with_itself", 100));
}

#[test]
fn a_channel_is_shown() {
    insta::assert_snapshot!(drawn("full_channel", 100));
}

#[test]
fn an_old_value_is_loaded_only_if_nothing_else_fails() {
    let loads_old_values = |model| schedule(model).steps.iter().any(|step| step.stale);
    assert!(!loads_old_values("lost_update"));
    assert!(!loads_old_values("lost_relaxed_update"));
    assert!(loads_old_values("unordered_publication"));
}

#[test]
fn limits_are_inconclusive() {
    let random =
        ["another_step_at_random", "another_object_at_random"].map(|model| (model, "random"));
    for (model, word) in [("spins_for_ever", "spin"), ("too_many_with_few_preemptions", "given up")]
        .into_iter()
        .chain(random)
    {
        let outcome = outcome(model);
        assert_eq!(outcome.status, Status::Inconclusive, "{model}: {outcome:?}");
        let message = outcome.message.expect("it says why");
        assert!(message.contains(word), "{model}: {message}");
    }
}

#[test]
fn a_search_that_is_given_up_says_how_far_it_came() {
    let message = outcome("too_many_with_few_preemptions").message.expect("it says why");
    let words = "there are too many interleavings of this model: four threads count to twelve; none \
                 of those with at most 2 preemptions fails. Fewer locks and fewer operations on atomics \
                 in each call make fewer interleavings";
    assert!(message.contains(words), "{message}");
}

#[test]
fn a_loop_that_waits_for_another_thread_is_explored() {
    assert_eq!(outcome("spins").status, Status::Passed);
}

#[test]
fn where_there_are_too_many_those_with_few_preemptions_are_tried() {
    let outcome = outcome("too_many");
    assert_eq!(outcome.status, Status::Passed, "{outcome:?}");
    let message = outcome.message.expect("it says how few");
    assert!(message.starts_with("tried with at most 3 preemptions"), "{message}");
}

#[test]
fn the_same_interleaving_fails_with_and_without_recording() {
    for model in ["lost_wake_up", "lost_update", "full_channel"] {
        let binary = std::env::current_exe().expect("a running test has a binary");
        let searched = runner::run_once(&binary, model, Search::All).expect("it can be run again");
        let found = searched.outcome.interleaving.expect("the search found one");
        let Interleaving::Counted { number, .. } = found else { panic!("{found:?}") };
        let Found::Counted { interleaving, .. } = schedule(model).found else { panic!("a seed") };
        assert_eq!(number, interleaving, "{model}");
    }
}

#[test]
fn the_schedule_has_the_fewest_preemptions() {
    // Worked out by hand: one preemption after the other thread took the slot, and one between
    // looking at the permits and waiting.
    let preemptions = |model| match schedule(model).found {
        Found::Counted { preemptions, .. } => preemptions,
        Found::Seeded { .. } => panic!("a seed"),
    };
    assert_eq!(preemptions("lost_wake_up"), 2);
    assert_eq!(preemptions("below_zero"), 1);
    assert_eq!(preemptions("opposite_orders"), 1);
    assert_eq!(preemptions("deadlock_with_itself"), 0);
}
