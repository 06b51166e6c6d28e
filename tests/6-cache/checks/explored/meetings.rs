//! Any two calls may meet: one task makes one or two, and another makes one, in every combination.

use std::pin::pin;
use std::task::Poll;

use explorer::task::Task;
use explorer::{note, thread};
use harness::Allowed::Std;
use harness::{Model, Scenario, check_each_explored};

use super::{A, B, Cache, Failed, ask, ask_and_cancel, ask_and_fail, get, insert, new_cache};
use crate::checks::ANSWER;
use crate::checks::key::Key;

#[derive(Clone, Copy)]
enum Call {
    Get,
    Insert,
    /// For another key, which takes the only place.
    InsertOther,
    Ask,
    AskAndFail,
    /// It is polled once and dropped.
    AskAndDrop,
}

impl Call {
    const ALL: [Self; 6] =
        [Self::Get, Self::Insert, Self::InsertOther, Self::Ask, Self::AskAndFail, Self::AskAndDrop];

    fn name(self) -> &'static str {
        match self {
            Self::Get => "gets a",
            Self::Insert => "inserts a",
            Self::InsertOther => "inserts b",
            Self::Ask => "asks for a",
            Self::AskAndFail => "asks for a and fails to compute it",
            Self::AskAndDrop => "asks for a and drops its call after one poll",
        }
    }

    fn run(self, cache: &Cache) {
        let (key, value) = match self {
            Self::Get => (A, get(cache, A)),
            Self::Insert => (A, insert(cache, A, 10)),
            Self::InsertOther => (B, insert(cache, B, 21)),
            Self::Ask => (A, Some(ask(cache, A, 12))),
            Self::AskAndFail => (A, ask_and_fail(cache, A).ok()),
            Self::AskAndDrop => {
                ask_and_cancel(cache, A);
                (A, None)
            }
        };
        if let Some(value) = value {
            assert_belongs(key, value);
        }
    }
}

fn assert_belongs(key: Key, value: u32) {
    let tens = if key == A { 1 } else { 2 };
    assert!(value / 10 == tens, "{key} has the value {value}, which is none of its values");
}

/// At the end nobody computes and nobody waits, and the value of a is there unless b took its place.
fn assert_at_rest(cache: &Cache, calls: &[Call]) {
    let comes = calls.iter().any(|call| matches!(call, Call::Insert | Call::Ask));
    let goes = calls.iter().any(|call| matches!(call, Call::InsertOther));
    let value = get(cache, A);
    assert!(
        value.is_some() || !comes || goes,
        "a has come, and nothing took its place, but it is gone"
    );
    if let Some(value) = value {
        assert_belongs(A, value);
    }
    note("asks for a");
    let call = pin!(cache.get_or_insert_with(A, || async { Ok::<_, Failed>(13) }));
    let Poll::Ready(answer) = Task::new().poll(call) else {
        panic!("at the end nobody computes a, but one who asks for it has to wait");
    };
    assert_belongs(A, answer.expect("it does not fail"));
    let len = cache.len();
    assert!(len == 1, "at the end a came into the only place, but `len` is {len}");
}

/// What the first task calls, and what the second does: the shortest come first.
fn meetings() -> impl Iterator<Item = (Vec<Call>, Call)> {
    let one = Call::ALL.into_iter().map(|call| vec![call]);
    // A `get` leaves nothing behind that the call after it could find.
    let first = Call::ALL.into_iter().filter(|call| !matches!(call, Call::Get));
    let two = first.flat_map(|first| Call::ALL.map(|second| vec![first, second]));
    one.chain(two).flat_map(|calls| Call::ALL.map(|other| (calls.clone(), other)))
}

fn model((calls, other): (Vec<Call>, Call)) -> Model {
    let names: Vec<_> = calls.iter().map(|call| call.name()).collect();
    let text =
        format!("one place: a task {}, and another {}", names.join(" and then "), other.name());
    // A schedule may need it until the process ends.
    let scenario = Scenario { text: text.leak(), preemptions: Some(2) };
    let run = move || {
        let cache = new_cache(1);
        let thread = thread::spawn("other task", {
            let cache = cache.clone();
            move || other.run(&cache)
        });
        calls.iter().for_each(|call| call.run(&cache));
        thread.join();
        assert_at_rest(&cache, &[calls.as_slice(), &[other]].concat());
    };
    (scenario, Box::new(run))
}

#[test]
fn any_two_calls_may_meet() {
    check_each_explored(ANSWER, Std, || meetings().map(model).collect());
}
