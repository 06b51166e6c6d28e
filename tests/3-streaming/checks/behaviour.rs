//! What is streamed from a [fake backend](super::backend), on a paused clock: time passes only when
//! nothing else can run.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use harness::doing;
use streaming::{Part, generate_stream_all};
use tokio::sync::mpsc::Receiver;
use tokio::time::sleep;

use super::backend::{Backend, piece, requests};
use super::check_async;

/// Waits until nothing can run any more.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

fn start(backend: &Backend, count: usize, concurrency: usize) -> Receiver<Part> {
    let concurrency = NonZeroUsize::new(concurrency).expect("the checks use limits above zero");
    generate_stream_all(Arc::new(backend.clone()), requests(count), concurrency)
}

/// A part in words that can be compared and shown.
fn readable(part: &Part) -> String {
    match &part.result {
        Ok(response) if response.done => "done".to_owned(),
        Ok(response) => format!("{}{}", response.thinking, response.response),
        Err(_) => "failure".to_owned(),
    }
}

/// The next part, and the request that it is said to be of.
async fn next(parts: &mut Receiver<Part>) -> (usize, String) {
    let part = parts.recv().await.expect("the channel ended before the last part");
    (part.request, readable(&part))
}

/// All parts up to the end of the channel, by their requests.
async fn rest(parts: &mut Receiver<Part>) -> BTreeMap<usize, Vec<String>> {
    let _doing = doing("reading all parts up to the end of the channel");
    let mut answers: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    while let Some(part) = parts.recv().await {
        answers.entry(part.request).or_default().push(readable(&part));
    }
    answers
}

/// An answer of this many pieces.
fn whole(number: usize, pieces: usize) -> Vec<String> {
    (0..pieces).map(|at| piece(number, at)).chain(["done".to_owned()]).collect()
}

#[track_caller]
fn assert_whole(answers: &BTreeMap<usize, Vec<String>>, count: usize, pieces: usize) {
    for number in 0..count {
        let (seen, expected) = (answers.get(&number), whole(number, pieces));
        assert!(
            seen == Some(&expected),
            "expected the parts {expected:?} of request {number}, and came {:?}",
            seen.unwrap_or(&Vec::new())
        );
    }
    assert!(answers.len() == count, "there were {count} requests, and parts of {answers:?}");
}

#[test]
fn each_answer_comes_whole_and_in_order() {
    check_async(|| async {
        let mut parts = start(&Backend::ready(3), 4, 2);
        assert_whole(&rest(&mut parts).await, 4, 3);
    });
}

#[test]
fn the_channel_ends_after_the_last_part() {
    check_async(|| async {
        let _doing = doing("waiting for the end of the channel of no requests");
        assert!(start(&Backend::new(), 0, 2).recv().await.is_none());
        let _doing = doing("waiting for the end of the channel after the last part");
        let backend = Backend::new();
        let mut parts = start(&backend, 1, 2);
        backend.finish(0);
        assert_eq!(next(&mut parts).await, (0, "done".to_owned()));
        assert!(parts.recv().await.is_none(), "a part came after the last one");
    });
}

#[test]
fn parts_come_as_soon_as_they_are_there() {
    check_async(|| async {
        let backend = Backend::new();
        let mut parts = start(&backend, 2, 2);
        for at in 0..3 {
            for number in [1, 0] {
                backend.give(number);
                let _doing = doing(format!(
                    "waiting for piece {at} of answer {number}, which is there; no answer has ended"
                ));
                assert_eq!(next(&mut parts).await, (number, piece(number, at)));
            }
        }
    });
}

#[test]
fn no_more_streams_than_the_limit() {
    check_async(|| async {
        let backend = Backend::ready(3);
        let mut parts = start(&backend, 10, 3);
        rest(&mut parts).await;
        let most = backend.seen().most_in_flight;
        assert!(most <= 3, "with concurrency 3 there were {most} streams at the same time");
    });
}

#[test]
fn the_next_begins_as_soon_as_one_ends() {
    check_async(|| async {
        let backend = Backend::new();
        let mut parts = start(&backend, 5, 3);
        settle().await;
        let in_flight = backend.seen().in_flight;
        assert!(in_flight.len() == 3, "with concurrency 3 these were in flight: {in_flight:?}");
        for (ended, next_one) in [(2, 3), (1, 4)] {
            backend.finish(ended);
            assert_eq!(next(&mut parts).await, (ended, "done".to_owned()));
            settle().await;
            let in_flight = backend.seen().in_flight;
            assert!(
                in_flight.contains(&next_one),
                "answer {ended} has ended, and request {next_one} was not sent; in flight: \
                 {in_flight:?}"
            );
        }
    });
}

#[test]
fn requests_are_sent_once_and_in_their_order() {
    check_async(|| async {
        let backend = Backend::ready(1).refusing(1);
        let mut parts = start(&backend, 6, 2);
        rest(&mut parts).await;
        assert_eq!(backend.seen().called, [0, 1, 2, 3, 4, 5], "the requests that were sent");
    });
}

#[test]
fn a_failure_ends_its_answer_alone() {
    check_async(|| async {
        let backend = Backend::new().refusing(1);
        let mut parts = start(&backend, 4, 2);
        for number in [0, 2, 3] {
            backend.give(number);
        }
        backend.fail(2);
        backend.finish(0);
        backend.finish(3);
        let answers = rest(&mut parts).await;
        let failure = || "failure".to_owned();
        for (number, expected) in [
            (0, whole(0, 1)),
            (1, vec![failure()]),
            (2, vec![piece(2, 0), failure()]),
            (3, whole(3, 1)),
        ] {
            let seen = answers.get(&number).cloned().unwrap_or_default();
            assert_eq!(
                seen, expected,
                "the parts of request {number}; request 1 fails before its answer, and 2 inside"
            );
        }
    });
}

#[test]
fn a_slow_reader_stops_the_streams() {
    check_async(|| async {
        let backend = Backend::ready(1000);
        let mut parts = start(&backend, 4, 2);
        for received in 0..20 {
            settle().await;
            let read = backend.seen().read;
            assert!(
                read <= received + 4,
                "with concurrency 2, {received} parts were received and {read} read from the \
                 backend; at most 2 wait in the channel, and 1 in the hand of each stream"
            );
            next(&mut parts).await;
        }
    });
}

#[test]
fn a_full_channel_loses_nothing() {
    check_async(|| async {
        let backend = Backend::ready(20);
        let mut parts = start(&backend, 3, 2);
        settle().await;
        let _doing = doing("reading on, after the channel was full");
        next(&mut parts).await;
        settle().await;
        let answers = rest(&mut parts).await;
        let received: usize = answers.values().map(Vec::len).sum();
        assert!(received == 62, "there are 63 parts in all, and {} came", received + 1);
    });
}

#[test]
fn a_silent_answer_holds_up_no_other() {
    check_async(|| async {
        let backend = Backend::new();
        let mut parts = start(&backend, 3, 2);
        // A request may have to wait for many others, and nobody has set a limit.
        sleep(Duration::from_secs(365 * 24 * 3600)).await;
        for number in [1, 2] {
            for at in 0..20 {
                backend.give(number);
                let _doing = doing(format!(
                    "waiting for piece {at} of answer {number}, while answer 0 has no part"
                ));
                assert_eq!(next(&mut parts).await, (number, piece(number, at)));
            }
            backend.finish(number);
            assert_eq!(next(&mut parts).await, (number, "done".to_owned()));
        }
    });
}

#[test]
fn an_answer_that_is_always_ready_keeps_out_no_other() {
    check_async(|| async {
        let mut parts = start(&Backend::ready(1000), 2, 2);
        let mut received = [0, 0];
        for _ in 0..500 {
            received[next(&mut parts).await.0] += 1;
        }
        assert!(
            received.iter().all(|&count| count > 0),
            "two answers were there in full, and of the first 500 parts {} were of one and {} of \
             the other",
            received[0],
            received[1]
        );
    });
}

/// Fails unless nothing of a call is left whose receiver was dropped.
#[track_caller]
fn assert_stopped(backend: &Backend, sent: usize) {
    let seen = backend.seen();
    assert!(
        seen.in_flight.is_empty(),
        "the receiver was dropped, and these streams are left: {:?}",
        seen.in_flight
    );
    assert!(
        seen.called.len() <= sent,
        "the receiver was dropped after {sent} requests were sent, and then more were: {:?}",
        seen.called
    );
}

#[test]
fn a_dropped_receiver_stops_silent_answers() {
    check_async(|| async {
        let backend = Backend::new();
        let mut parts = start(&backend, 5, 3);
        backend.give(0);
        next(&mut parts).await;
        settle().await;
        drop(parts);
        settle().await;
        assert_stopped(&backend, 3);
    });
}

#[test]
fn a_dropped_receiver_stops_answers_that_have_not_begun() {
    check_async(|| async {
        let backend = Backend::held();
        let parts = start(&backend, 5, 3);
        settle().await;
        drop(parts);
        settle().await;
        assert_stopped(&backend, 3);
    });
}

#[test]
fn a_dropped_receiver_stops_answers_that_wait_for_room() {
    check_async(|| async {
        // A `select!` looks at its branches in a random order, unless it is told otherwise.
        for _ in 0..64 {
            let backend = Backend::ready(1000);
            let parts = start(&backend, 6, 3);
            settle().await;
            let before = backend.seen();
            drop(parts);
            settle().await;
            assert_stopped(&backend, 3);
            let read = backend.seen().read - before.read;
            assert!(read <= 3, "the receiver was dropped, and then {read} more parts were read");
        }
    });
}

#[test]
fn nothing_is_left_of_a_call_that_has_ended() {
    check_async(|| async {
        // More than once for the order in which a `select!` looks at its branches.
        for round in 0..64 {
            let dropped = round > 0;
            let backend = Arc::new(Backend::ready(3));
            let two = NonZeroUsize::MIN.saturating_add(1);
            let mut parts = generate_stream_all(Arc::clone(&backend), requests(4), two);
            match dropped {
                true => settle().await,
                false => drop(rest(&mut parts).await),
            }
            drop(parts);
            settle().await;
            let owners = Arc::strong_count(&backend);
            let how = if dropped { "receiver was dropped" } else { "channel has ended" };
            assert!(owners == 1, "the {how}, and {} still own the backend", owners - 1);
        }
    });
}

#[test]
fn every_concurrency_works() {
    check_async(|| async {
        let backend = Backend::new();
        let mut parts = start(&backend, 3, usize::MAX);
        settle().await;
        let in_flight = backend.seen().in_flight;
        assert!(in_flight.len() == 3, "without a limit these were in flight: {in_flight:?}");
        for number in 0..3 {
            backend.finish(number);
        }
        assert_whole(&rest(&mut parts).await, 3, 0);
        let mut parts = start(&Backend::ready(3), 3, 1);
        assert_whole(&rest(&mut parts).await, 3, 3);
    });
}
