//! Sequences that fail, also those that hang: the shortest one that is found is told as a story.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use harness::{Allowed, Answer, Sequences, Telling, check_sequences};
use schedule::{Cause, Outcome, Status, runner};

const ANSWER: Answer =
    Answer { file: "tests/answers/plain.rs", text: include_str!("answers/plain.rs") };

/// A sequence of the numbers from 0, which are told one by one.
type Run = fn(&(), &[u32], &Telling) -> Result<(), String>;

/// The check named, in which one sequence is run in this way.
macro_rules! checks {
    ($($name:ident => $run:expr;)*) => {$(
        #[test]
        #[ignore = "run by the tests below"]
        fn $name() {
            check_sequences(ANSWER, Allowed::Tokio, || {
                let run: Run = $run;
                Sequences { count: 1, generate: |_| ((), (0..20).collect()), run }
            });
        }
    )*};
}

fn tell(numbers: &[u32], telling: &Telling) {
    for number in numbers {
        telling.tell(number.to_string());
    }
}

fn block() {
    let lock = Mutex::new(());
    let _first = lock.lock();
    let _second = lock.lock();
}

checks! {
    fails => |(), numbers, telling| {
        tell(numbers, telling);
        if numbers.contains(&3) && numbers.contains(&17) { Err("wrong".to_owned()) } else { Ok(()) }
    };
    blocks => |(), numbers, telling| {
        tell(numbers, telling);
        if numbers.contains(&3) && numbers.contains(&17) {
            block();
        }
        Ok(())
    };
    computes_without_end => |(), numbers, telling| {
        for number in numbers {
            telling.told(number.to_string(), "is over");
            while std::hint::black_box(*number) == 5 {}
        }
        Ok(())
    };
    blocks_or_fails => |(), numbers, telling| {
        tell(numbers, telling);
        match numbers.len() {
            8.. => block(),
            4.. => return Err("wrong".to_owned()),
            _ => {}
        }
        Ok(())
    };
    // A shorter sequence looks as if it hung, and does not.
    blocks_or_is_slow => |(), numbers, telling| {
        tell(numbers, telling);
        match numbers.len() {
            20 => block(),
            19 => thread::sleep(Duration::from_millis(400)),
            _ => {}
        }
        Ok(())
    };
    blocks_or_exits => |(), numbers, telling| {
        tell(numbers, telling);
        match numbers.len() {
            20 => block(),
            _ => std::process::exit(0),
        }
        Ok(())
    };
}

fn outcome(name: &str) -> Outcome {
    let binary = std::env::current_exe().expect("a running test has a binary");
    runner::run(&binary, name).expect("it can be run again").outcome
}

/// The events of the story, and what has come of the last one.
fn story(outcome: &Outcome) -> (Vec<&str>, Vec<&str>) {
    let story = outcome.story.as_ref().expect("there is a story");
    let last = story.events.last().expect("there are events");
    let done = story.events.iter().map(|event| &*event.done);
    (done.collect(), last.seen.iter().map(String::as_str).collect())
}

#[test]
fn the_shortest_sequence_that_fails_is_told() {
    let outcome = outcome("fails");
    assert_eq!((outcome.status, outcome.message.as_deref()), (Status::Failed, Some("wrong")));
    assert_eq!(story(&outcome), (vec!["3", "17"], vec![]));
}

#[test]
fn the_shortest_sequence_that_hangs_is_told() {
    let blocks = outcome("blocks");
    assert_eq!((blocks.status, blocks.cause), (Status::Timeout, Some(Cause::Stuck)));
    assert_eq!(blocks.message.as_deref(), Some("stuck: every thread is blocked"));
    if cfg!(target_os = "linux") {
        assert_eq!(story(&blocks), (vec!["3", "17"], vec!["this does not end"]));
    }
    let computes = outcome("computes_without_end");
    assert_eq!((computes.status, computes.cause), (Status::Timeout, Some(Cause::Endless)));
    if cfg!(target_os = "linux") {
        let last = vec!["the call does not return"];
        assert_eq!(story(&computes), (vec!["5", "then"], last));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_shorter_sequence_may_fail_in_another_way() {
    let outcome = outcome("blocks_or_fails");
    assert_eq!((outcome.status, outcome.message.as_deref()), (Status::Failed, Some("wrong")));
    assert_eq!(story(&outcome).0.len(), 4);
}

#[test]
fn without_a_shorter_one_that_fails_the_whole_sequence_is_told() {
    for name in ["blocks_or_is_slow", "blocks_or_exits"] {
        let outcome = outcome(name);
        assert_eq!(
            (outcome.status, outcome.cause),
            (Status::Timeout, Some(Cause::Stuck)),
            "{name}"
        );
        assert_eq!(story(&outcome).0.len(), 20, "{name}");
    }
}
