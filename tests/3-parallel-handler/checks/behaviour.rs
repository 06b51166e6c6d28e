//! What the handler does with a backend that answers when it is told to, on a clock that
//! stands still while anything can run.

use std::future::Future;
use std::num::NonZeroUsize;
use std::task::Poll;
use std::time::Duration;

use harness::{Polling, doing};
use ollama::{Error, GenerateRequest, GenerateResponse};
use parallel_handler::{Failure, Limits, generate_all};
use real_tokio::runtime::Handle;
use real_tokio::time::{Instant, sleep};
use real_tokio_util::sync::CancellationToken;

use super::backend::{Answers, Backend, requests};

use super::check_async;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// So many at once, each for as long as it takes.
fn at_once(concurrency: usize) -> Limits {
    limits(concurrency, Duration::MAX)
}

fn limits(concurrency: usize, per_request: Duration) -> Limits {
    let concurrency = NonZeroUsize::new(concurrency).expect("at least one");
    Limits { concurrency, per_request }
}

/// Waits until nothing can run.
async fn rest() {
    sleep(ms(1)).await;
}

type Results = Vec<Result<GenerateResponse, Failure>>;

/// Handles so many requests, beside a script of what happens meanwhile.
async fn handle(
    backend: &Backend,
    number: usize,
    limits: Limits,
    cancel: CancellationToken,
    script: impl Future<Output = ()>,
) -> Vec<String> {
    let all = generate_all(backend, requests(number), &limits, &cancel);
    let (results, ()) = real_tokio::join!(all, script);
    plain(&results)
}

/// Handles so many requests, without a script and without a cancel.
async fn handle_alone(backend: &Backend, number: usize, limits: Limits) -> Vec<String> {
    handle(backend, number, limits, CancellationToken::new(), async {}).await
}

/// Results that can be compared and shown.
fn plain(results: &Results) -> Vec<String> {
    let plain = |result: &Result<GenerateResponse, Failure>| match result {
        Ok(response) => format!("response {}", response.response),
        Err(Failure::Backend(Error::Failed { message })) => format!("failure {message}"),
        Err(Failure::Backend(error)) => format!("failure: {error}"),
        Err(Failure::TimedOut) => "timed out".to_owned(),
        Err(Failure::Cancelled) => "cancelled".to_owned(),
    };
    results.iter().map(plain).collect()
}

fn responses(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("response {number}")).collect()
}

// Requests and results.

#[test]
fn every_request_has_its_response() {
    check_async(|| async {
        let backend = Backend::that(Answers::After(ms(10)));
        let _doing = doing("three requests are handled");
        let results = handle_alone(&backend, 3, at_once(2)).await;
        assert!(results == responses(0..3), "of three requests, the results are {results:?}");
    });
}

#[test]
fn results_are_in_the_order_of_the_requests() {
    check_async(|| async {
        let backend = Backend::new();
        let results = handle(&backend, 4, at_once(4), CancellationToken::new(), async {
            for number in [2, 3, 1, 0] {
                rest().await;
                backend.answer(number);
            }
        });
        let _doing = doing("requests end in another order than that in which they were sent");
        let results = results.await;
        assert!(results == responses(0..4), "requests 0 to 3, answered as 2, 3, 1, 0: {results:?}");
    });
}

#[test]
fn an_empty_list_ends_at_once() {
    check_async(|| async {
        let start = Instant::now();
        let _doing = doing("there are no requests");
        let results = handle_alone(&Backend::new(), 0, limits(3, ms(10))).await;
        assert!(results.is_empty(), "no requests, and yet results: {results:?}");
        assert!(start.elapsed().is_zero(), "no requests, and {:?} go by", start.elapsed());
    });
}

#[test]
fn requests_are_sent_as_they_are_and_once() {
    check_async(|| async {
        let backend = Backend::that(Answers::FailsAfter(ms(5)))
            .but(1, Answers::AtOnce)
            .but(2, Answers::After(YEAR));
        let mut requests = requests(4);
        for request in &mut requests {
            request.system = Some("be short".to_owned());
            request.keep_alive = Some("5m".to_owned());
            request.raw = Some(true);
        }
        let _doing = doing("requests fail, and time out");
        generate_all(&backend, requests.clone(), &limits(2, ms(10)), &CancellationToken::new())
            .await;
        for number in 0..4 {
            let sent = backend.book().sent.clone();
            let sent = sent.iter().filter(|sent| **sent == number).count();
            assert!(sent == 1, "request {number} was sent {sent} times");
        }
        let sent = backend.book().requests.clone();
        assert!(sent.iter().all(|sent| requests.contains(sent)), "a request was changed");

        // Ollama loads a model for an empty prompt, and may answer an equal one otherwise.
        let good = Answers::After(ms(5));
        let backend = Backend::that(good).in_turn([good, good, Answers::FailsAfter(ms(5))]);
        let prompts = ["7", "", "7", "", " 7\n"];
        let requests = prompts.map(|prompt| GenerateRequest::new("llama3.2", prompt)).to_vec();
        let never = CancellationToken::new();
        let results = generate_all(&backend, requests.clone(), &at_once(1), &never).await;
        let sent = &backend.book().requests;
        assert!(*sent == requests, "the prompts are {prompts:?}, and what is sent is {sent:?}");
        let failed: Vec<usize> = (0..5).filter(|at| results[*at].is_err()).collect();
        assert!(failed == [2], "request 2 fails, which equals request 0: failed are {failed:?}");
    });
}

#[test]
fn a_failure_touches_no_other_request() {
    check_async(|| async {
        for concurrency in [1, 3] {
            let backend = Backend::that(Answers::After(ms(10)))
                .but(0, Answers::FailsAfter(ms(5)))
                .but(2, Answers::FailsAfter(ms(20)));
            let _doing = doing("some requests fail");
            let results = handle_alone(&backend, 5, at_once(concurrency)).await;
            let expected = ["failure 0", "response 1", "failure 2", "response 3", "response 4"];
            assert!(results == expected, "requests 0 and 2 fail: {results:?}");
        }
    });
}

// How many at once, and when.

#[test]
fn as_many_are_in_flight_as_the_limit_allows() {
    check_async(|| async {
        for concurrency in [1, 2, 5] {
            let backend = Backend::new();
            let results =
                handle(&backend, 7, at_once(concurrency), CancellationToken::new(), async {
                    rest().await;
                    let in_flight = backend.book().in_flight.len();
                    assert!(
                        in_flight == concurrency,
                        "seven requests, {concurrency} at once, and {in_flight} are in flight"
                    );
                    for number in 0..7 {
                        backend.answer(number);
                        rest().await;
                    }
                });
            let _doing = doing("requests are answered one by one");
            let results = results.await;
            assert!(results == responses(0..7), "the results are {results:?}");
        }
    });
}

#[test]
fn there_are_never_more_in_flight_than_the_limit() {
    check_async(|| async {
        for concurrency in [1, 2, 3] {
            // They end together, apart, badly and not at all.
            let backend = Backend::that(Answers::After(ms(10)))
                .but(1, Answers::After(ms(25)))
                .but(2, Answers::After(YEAR))
                .but(4, Answers::FailsAfter(ms(3)))
                .but(5, Answers::AtOnce)
                .but(6, Answers::AtOnce);
            let _doing = doing("requests end together, apart, badly and not at all");
            handle_alone(&backend, 12, limits(concurrency, ms(40))).await;
            let most = backend.book().most_in_flight;
            assert!(most == concurrency, "{concurrency} at once, and {most} were in flight");
        }
    });
}

#[test]
fn as_soon_as_one_ends_the_next_begins() {
    check_async(|| async {
        let backend = Backend::new();
        let results = handle(&backend, 6, at_once(3), CancellationToken::new(), async {
            // The last of those in flight ends, then the middle one, and then the first.
            for (ends, next) in [(2, 3), (1, 4), (0, 5)] {
                rest().await;
                let sent = backend.book().sent.len();
                assert!(sent == next, "the turn of request {next} has not come, {sent} are sent");
                backend.answer(ends);
                rest().await;
                let sent = backend.book().sent.contains(&next);
                assert!(sent, "request {ends} has ended, and request {next} is not sent");
            }
            (3..6).for_each(|number| backend.answer(number));
        });
        let results = results.await;
        assert!(results == responses(0..6), "the results are {results:?}");
    });
}

#[test]
fn one_that_takes_long_keeps_nobody_waiting() {
    check_async(|| async {
        let backend = Backend::that(Answers::After(ms(10))).but(0, Answers::WhenTold);
        let results = handle(&backend, 20, at_once(2), CancellationToken::new(), async {
            sleep(ms(1_000)).await;
            let sent = backend.book().sent.len();
            assert!(
                sent == 20,
                "request 0 takes its time, and of the other 19 only {} were sent",
                sent - 1
            );
            backend.answer(0);
        });
        let results = results.await;
        assert!(results == responses(0..20), "the results are {results:?}");
    });
}

#[test]
fn the_next_begins_without_time_passing() {
    check_async(|| async {
        let backend = Backend::that(Answers::After(ms(10)));
        let start = Instant::now();
        handle_alone(&backend, 9, at_once(3)).await;
        let took = start.elapsed();
        assert!(took == ms(30), "nine requests of 10 ms, three at once, take {took:?}");
    });
}

#[test]
fn requests_are_sent_in_their_order() {
    check_async(|| async {
        let backend = Backend::that(Answers::After(ms(10)))
            .but(0, Answers::After(ms(35)))
            .but(3, Answers::AtOnce)
            .but(4, Answers::FailsAfter(ms(1)));
        handle_alone(&backend, 10, at_once(3)).await;
        let sent = backend.book().sent.clone();
        assert!(sent == (0..10).collect::<Vec<_>>(), "requests are sent as {sent:?}");
    });
}

#[test]
fn a_request_is_sent_when_its_turn_has_come() {
    check_async(|| async {
        let backend = Backend::new();
        let results = handle(&backend, 8, at_once(2), CancellationToken::new(), async {
            for number in 0..8 {
                rest().await;
                let sent = backend.book().sent.len();
                let turns = (number + 2).min(8);
                assert!(
                    sent == turns,
                    "two at once, {number} have ended, and `generate` was called {sent} times"
                );
                backend.answer(number);
            }
        });
        results.await;
    });
}

#[test]
fn ten_thousand_requests_keep_to_the_limit() {
    check_async(|| async {
        let backend = Backend::that(Answers::After(ms(1)));
        let _doing = doing("ten thousand requests are handled");
        let results = handle_alone(&backend, 10_000, at_once(8)).await;
        assert!(results == responses(0..10_000), "a result is not where it should be");
        let most = backend.book().most_in_flight;
        assert!(most == 8, "ten thousand requests, eight at once, and {most} were in flight");
    });
}

#[test]
fn the_largest_limits_are_none() {
    check_async(|| async {
        let backend = Backend::new();
        let results = handle(&backend, 40, at_once(usize::MAX), CancellationToken::new(), async {
            sleep(YEAR).await;
            let in_flight = backend.book().in_flight.len();
            assert!(in_flight == 40, "no limit, 40 requests, and {in_flight} in flight");
            (0..40).for_each(|number| backend.answer(number));
        });
        let _doing = doing("`usize::MAX` at once, for `Duration::MAX` each");
        let results = results.await;
        assert!(results == responses(0..40), "the results are {results:?}");

        #[cfg(target_pointer_width = "64")]
        {
            let _doing = doing("2^32 at once");
            let backend = Backend::that(Answers::After(ms(10)));
            let results = handle_alone(&backend, 3, at_once(1 << 32)).await;
            assert!(results == responses(0..3), "the results are {results:?}");
        }
    });
}

// Time.

#[test]
fn a_request_that_takes_too_long_is_given_up() {
    check_async(|| async {
        let backend = Backend::that(Answers::After(ms(10))).but(1, Answers::WhenTold);
        let start = Instant::now();
        let _doing = doing("a request is never answered");
        let results = handle_alone(&backend, 3, limits(3, ms(100))).await;
        let expected = ["response 0", "timed out", "response 2"];
        assert!(results == expected, "request 1 has no answer: {results:?}");
        let took = start.elapsed();
        assert!(took == ms(100), "the limit is 100 ms, and it takes {took:?}");
    });
}

#[test]
fn the_time_of_a_request_runs_from_its_sending() {
    check_async(|| async {
        for concurrency in [1, 2] {
            let backend = Backend::that(Answers::After(ms(80))).but(3, Answers::WhenTold);
            let start = Instant::now();
            let results = handle_alone(&backend, 4, limits(concurrency, ms(100))).await;
            let expected = ["response 0", "response 1", "response 2", "timed out"];
            assert!(results == expected, "80 ms each, a limit of 100 ms: {results:?}");
            // With one at once, the last is sent after 240 ms; with two, after 80.
            let expected = if concurrency == 1 { ms(340) } else { ms(180) };
            let took = start.elapsed();
            assert!(took == expected, "the last has its 100 ms, and it takes {took:?}");
        }
    });
}

#[test]
fn a_request_whose_time_is_up_makes_room() {
    check_async(|| async {
        let backend = Backend::that(Answers::WhenTold).but(2, Answers::After(ms(10)));
        let start = Instant::now();
        let _doing = doing("the first two requests are never answered");
        let results = handle_alone(&backend, 3, limits(1, ms(100))).await;
        let expected = ["timed out", "timed out", "response 2"];
        assert!(results == expected, "the first two have no answer: {results:?}");
        let took = start.elapsed();
        assert!(took == ms(210), "100, 100 and 10 ms, one after the other, take {took:?}");
        let most = backend.book().most_in_flight;
        assert!(most == 1, "one whose time was up was still there when the next was sent");

        let _doing = doing("the time of several is up at the same instant");
        let (backend, start) = (Backend::new(), Instant::now());
        let results = handle_alone(&backend, 9, limits(3, ms(100))).await;
        assert!(results == ["timed out"; 9], "there is no answer: {results:?}");
        let took = start.elapsed();
        assert!(took == ms(300), "nine that take 100 ms, three at once, take {took:?}");
        let most = backend.book().most_in_flight;
        assert!(most == 3, "those whose time was up were still there: {most} were in flight");
    });
}

#[test]
fn a_response_that_is_there_is_taken() {
    check_async(|| async {
        let _doing = doing("the limit is zero");
        let backend = Backend::that(Answers::AtOnce).but(1, Answers::WhenTold);
        let results = handle_alone(&backend, 3, limits(1, Duration::ZERO)).await;
        let expected = ["response 0", "timed out", "response 2"];
        assert!(results == expected, "no time, and only request 1 needs some: {results:?}");

        // A `select!` without `biased` leaves it to chance: not so often.
        let backend = Backend::that(Answers::AtOnce);
        let results = handle_alone(&backend, 64, limits(1, Duration::ZERO)).await;
        assert!(results == responses(0..64), "no time, and no request needs any: {results:?}");

        let _doing = doing("responses come exactly at the limit");
        let backend = Backend::that(Answers::After(ms(100)));
        let results = handle_alone(&backend, 2, limits(2, ms(100))).await;
        assert!(results == responses(0..2), "100 ms each, a limit of 100 ms: {results:?}");
    });
}

// Cancellation.

#[test]
fn a_cancel_keeps_what_is_done() {
    check_async(|| async {
        let backend = Backend::that(Answers::WhenTold)
            .but(0, Answers::After(ms(10)))
            .but(2, Answers::FailsAfter(ms(10)))
            .but(3, Answers::After(ms(60)));
        let cancel = CancellationToken::new();
        let start = Instant::now();
        let results = handle(&backend, 9, limits(4, ms(50)), cancel.clone(), async {
            sleep(ms(75)).await;
            cancel.cancel();
        });
        let _doing = doing("the call is cancelled");
        let results = results.await;
        // Request 1 has timed out, and so has 3; the others were in flight, or not even sent.
        let mut expected = vec!["response 0", "timed out", "failure 2", "timed out"];
        expected.resize(9, "cancelled");
        expected[4] = "timed out";
        expected[5] = "timed out";
        assert!(results == expected, "a cancel after 75 ms: {results:?}");
        let took = start.elapsed();
        assert!(took == ms(75), "the cancel comes after 75 ms, and the end after {took:?}");

        // What is done has not to wait for those before it.
        let backend = Backend::that(Answers::WhenTold)
            .but(1, Answers::After(ms(10)))
            .but(2, Answers::FailsAfter(ms(10)));
        let cancel = CancellationToken::new();
        let results = handle(&backend, 6, at_once(3), cancel.clone(), async {
            sleep(ms(20)).await;
            cancel.cancel();
        });
        let _doing = doing("the call is cancelled while the first request is in flight");
        let results = results.await;
        let mut expected = vec!["cancelled"; 6];
        expected[1] = "response 1";
        expected[2] = "failure 2";
        assert!(results == expected, "only requests 1 and 2 had ended: {results:?}");
    });
}

#[test]
fn after_a_cancel_nothing_is_sent_and_nothing_is_in_flight() {
    check_async(|| async {
        for concurrency in [1, 3] {
            let backend = Backend::new();
            let cancel = CancellationToken::new();
            let results = handle(&backend, 8, at_once(concurrency), cancel.clone(), async {
                rest().await;
                backend.answer(0);
                rest().await;
                cancel.cancel();
                // What comes after it may be taken, and must not make room for more.
                backend.answer(1);
                backend.fail(2);
            });
            let _doing = doing("the call is cancelled");
            let results = results.await;
            rest().await;
            let book = backend.book();
            let (sent, in_flight) = (book.polled.len(), book.in_flight.len());
            assert!(sent == concurrency + 1, "{} were sent, then more", concurrency + 1);
            assert!(in_flight == 0, "cancelled and returned, and {in_flight} are in flight");
            assert!(results[0] == "response 0", "a result is lost: {results:?}");
            let rest = &results[concurrency + 1..];
            assert!(rest.iter().all(|result| result == "cancelled"), "never sent: {rest:?}");
        }
    });
}

#[test]
fn a_call_that_is_cancelled_before_it_begins_sends_nothing() {
    check_async(|| async {
        for concurrency in [1, 10] {
            let backend = Backend::that(Answers::AtOnce);
            let cancel = CancellationToken::new();
            cancel.cancel();
            let start = Instant::now();
            let _doing = doing("the token is cancelled before the call");
            let results = handle(&backend, 4, at_once(concurrency), cancel.clone(), async {}).await;
            assert!(results == ["cancelled"; 4], "cancelled beforehand: {results:?}");
            let sent = backend.book().polled.len();
            assert!(sent == 0, "cancelled beforehand, and {sent} requests are sent");
            assert!(start.elapsed().is_zero(), "cancelled beforehand, and time passes");
        }
    });
}

#[test]
fn a_cancel_needs_no_response_to_be_seen() {
    check_async(|| async {
        // Some wait for their turn, or all are in flight.
        for (number, concurrency) in [(5, 2), (2, 4)] {
            let backend = Backend::new();
            let cancel = CancellationToken::new();
            let start = Instant::now();
            let results = handle(&backend, number, at_once(concurrency), cancel.clone(), async {
                sleep(YEAR).await;
                cancel.cancel();
            });
            let _doing = doing("the call is cancelled, and no request is ever answered");
            let results = results.await;
            assert!(results == vec!["cancelled"; number], "no answer, and a cancel: {results:?}");
            let late = start.elapsed() - YEAR;
            assert!(late.is_zero(), "the call ends {late:?} after the cancel");
        }
    });
}

#[test]
fn a_backend_that_is_always_ready_keeps_no_cancel_off() {
    check_async(|| async {
        for concurrency in [1, 4] {
            let cancel = CancellationToken::new();
            let backend = Backend::that(Answers::AtOnce).on_poll({
                let cancel = cancel.clone();
                move |number| {
                    if number == 5 {
                        cancel.cancel();
                    }
                }
            });
            let _doing = doing("request 5 cancels the call, and all are answered at once");
            let results =
                handle(&backend, 1_000, at_once(concurrency), cancel.clone(), async {}).await;
            let sent = backend.book().polled.clone();
            assert!(
                sent == [0, 1, 2, 3, 4, 5],
                "request 5 cancels the call, and {} were sent",
                sent.len()
            );
            let rest = &results[6..];
            assert!(rest.iter().all(|result| result == "cancelled"), "never sent, not cancelled");
        }

        let cancel = CancellationToken::new();
        let backend = Backend::new().on_poll({
            let cancel = cancel.clone();
            move |number| {
                if number == 1 {
                    cancel.cancel();
                }
            }
        });
        let _doing = doing("request 1 cancels the call, and none is answered");
        handle(&backend, 8, at_once(4), cancel.clone(), async {}).await;
        let sent = backend.book().polled.clone();
        assert!(sent == [0, 1], "request 1 cancels the call, and then there are {sent:?}");
    });
}

#[test]
fn the_token_is_only_looked_at() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        let backend = Backend::that(Answers::FailsAfter(ms(10)))
            .but(1, Answers::After(ms(10)))
            .but(2, Answers::WhenTold);
        handle(&backend, 4, limits(2, ms(50)), cancel.clone(), async {}).await;
        assert!(!cancel.is_cancelled(), "all requests have ended, and the token is cancelled");
        let backend = Backend::new();
        let limits = at_once(2);
        let mut dropped = Polling::new(generate_all(&backend, requests(4), &limits, &cancel));
        assert!(dropped.poll().is_pending(), "no answer, and it has ended");
        drop(dropped);
        rest().await;
        assert!(!cancel.is_cancelled(), "the call was dropped, and the token is cancelled");
    });
}

// What is left, and what goes on.

#[test]
fn dropping_the_call_stops_what_is_in_flight() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (limits(3, ms(100)), CancellationToken::new());
        let mut call = Polling::new(generate_all(&backend, requests(6), &limits, &cancel));
        while call.poll().is_pending() && backend.book().sent.len() < 3 {
            rest().await;
        }
        drop(call);
        let in_flight = backend.book().in_flight.len();
        assert!(in_flight == 0, "the call was dropped, and {in_flight} requests are in flight");
        (0..6).for_each(|number| backend.answer(number));
        sleep(YEAR).await;
        let sent = backend.book().sent.len();
        assert!(sent == 3, "the call was dropped when three were sent, and then there are {sent}");
    });
}

#[test]
fn no_task_is_left_behind() {
    check_async(|| async {
        let alive = || Handle::current().metrics().num_alive_tasks();
        let before = alive();
        let backend = Backend::that(Answers::After(ms(10))).but(1, Answers::WhenTold);
        handle_alone(&backend, 5, limits(2, ms(1_000))).await;
        let left = alive() - before;
        assert!(left == 0, "all requests have ended, and {left} tasks are left");

        let cancel = CancellationToken::new();
        handle(&Backend::new(), 5, limits(2, YEAR), cancel.clone(), async {
            rest().await;
            cancel.cancel();
        })
        .await;
        let left = alive() - before;
        assert!(left == 0, "the call was cancelled, and {left} tasks are left");

        let (backend, cancel, limits) = (Backend::new(), CancellationToken::new(), limits(2, YEAR));
        let mut call = Polling::new(generate_all(&backend, requests(5), &limits, &cancel));
        assert!(call.poll().is_pending(), "no answer, and it has ended");
        rest().await;
        drop(call);
        // A task that was aborted needs a moment to end.
        rest().await;
        let left = alive() - before;
        assert!(left == 0, "the call was dropped, and {left} tasks are left");
    });
}

/// Polls until it has done all that it can, and sleeps.
fn poll_to_rest<F: Future>(call: &mut Polling<F>) -> Poll<F::Output> {
    for _ in 0..100 {
        let poll = call.poll();
        if poll.is_ready() || !call.was_woken() {
            return poll;
        }
    }
    panic!("nothing happens, and it wakes itself again and again");
}

#[test]
fn it_sleeps_while_nothing_happens() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (at_once(3), CancellationToken::new());
        let mut call = Polling::new(generate_all(&backend, requests(5), &limits, &cancel));
        assert!(poll_to_rest(&mut call).is_pending(), "no answer, and it has ended");
        sleep(YEAR).await;
        assert!(!call.was_woken(), "nothing happens, and it is woken");
        backend.answer(1);
        assert!(call.was_woken(), "a response is there, and it is not woken");
        assert!(poll_to_rest(&mut call).is_pending(), "one answer of five, and it has ended");
        sleep(YEAR).await;
        assert!(!call.was_woken(), "nothing happens, and it is woken");
    });
}

#[test]
fn it_may_be_polled_by_another_task() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (at_once(2), CancellationToken::new());
        let mut call = Polling::new(generate_all(&backend, requests(4), &limits, &cancel));
        assert!(poll_to_rest(&mut call).is_pending(), "no answer, and it has ended");
        for number in 0..4 {
            assert!(call.poll_with_new_waker().is_pending(), "{number} of 4, and it has ended");
            assert!(poll_to_rest(&mut call).is_pending(), "{number} of 4, and it has ended");
            backend.answer(number);
            assert!(call.was_woken(), "polled by another task, and that one is not woken");
        }
        match poll_to_rest(&mut call) {
            Poll::Ready(results) => {
                let results = plain(&results);
                assert!(results == responses(0..4), "the results are {results:?}");
            }
            Poll::Pending => panic!("all are answered, and it has not ended"),
        }

        let backend = Backend::new();
        let mut call = Polling::new(generate_all(&backend, requests(2), &limits, &cancel));
        assert!(poll_to_rest(&mut call).is_pending(), "no answer, and it has ended");
        assert!(call.poll_with_new_waker().is_pending(), "no answer, and it has ended");
        assert!(poll_to_rest(&mut call).is_pending(), "no answer, and it has ended");
        cancel.cancel();
        assert!(call.was_woken(), "polled by another task, which a cancel does not wake");
        assert!(poll_to_rest(&mut call).is_ready(), "cancelled, and it has not ended");

        let (backend, never) = (Backend::new(), CancellationToken::new());
        let limits = self::limits(2, ms(100));
        let mut call = Polling::new(generate_all(&backend, requests(2), &limits, &never));
        assert!(poll_to_rest(&mut call).is_pending(), "no answer, and it has ended");
        assert!(call.poll_with_new_waker().is_pending(), "no answer, and it has ended");
        assert!(poll_to_rest(&mut call).is_pending(), "no answer, and it has ended");
        sleep(ms(150)).await;
        assert!(call.was_woken(), "polled by another task, which a time limit does not wake");
        assert!(poll_to_rest(&mut call).is_ready(), "timed out, and it has not ended");
    });
}
