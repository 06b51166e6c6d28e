//! What a call passes on: requests, results, panics, wakes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use harness::assert_send;
use ollama::Options;

use super::*;

#[test]
fn the_response_is_passed_on() {
    check_async(|| async {
        let backend = Backend::that(responds());
        let reply = Logged::new(backend).generate(&request(0)).await;
        assert!(
            matches!(&reply, Ok(reply) if *reply == response("blue")),
            "the backend responded, and the call returned {reply:?}"
        );
    });
}

#[test]
fn an_error_is_passed_on() {
    check_async(|| async {
        let message = "an unknown model".to_owned();
        let error = Error::Status { code: 404, message, retry_after: Some(ms(7)) };
        let backend = Backend::that(End::Fails(error));
        let reply = Logged::new(backend).generate(&request(0)).await;
        let is_it = matches!(
            &reply,
            Err(Error::Status { code: 404, message, retry_after: Some(wait) })
                if message == "an unknown model" && *wait == ms(7)
        );
        assert!(is_it, "the backend returned a status 404, and the call returned {reply:?}");
    });
}

#[test]
fn each_call_sends_its_request_once_and_unchanged() {
    check_async(|| async {
        for end in [responds(), fails()] {
            let backend = Backend::that(end);
            let mut sent = request(0);
            sent.prompt = "  Why?\n".to_owned();
            sent.system = Some("Be brief.".to_owned());
            sent.suffix = Some("That is why.".to_owned());
            sent.template = Some("{{ .Prompt }}".to_owned());
            sent.context = vec![1, 2, 3];
            sent.raw = Some(false);
            sent.images = vec!["cGhvdG8=".to_owned()];
            sent.format = Some("json".into());
            sent.keep_alive = Some("5m".to_owned());
            sent.think = Some(true);
            sent.options = Some(Options { seed: Some(42), ..Options::default() });
            let logged = Logged::new(backend.clone());
            let mut call = Polling::new(logged.attempt(3, &sent));
            let _ = poll_ready(&mut call);
            drop(call);
            let requests = backend.requests();
            assert!(
                requests == [sent],
                "one request was sent, and the backend got {}: {requests:?}",
                requests.len()
            );
        }
    });
}

#[test]
fn a_panic_is_passed_on() {
    check_async(|| async {
        type IsTheSame = fn(&(dyn Any + Send)) -> bool;
        let payloads: [(End, &str, IsTheSame); 3] = [
            (panicking(), "a `String`", |payload| {
                payload.downcast_ref::<String>().is_some_and(|text| text == "out of memory")
            }),
            (End::PanicsWithLiteral("out of memory"), "a `&'static str`", |payload| {
                payload.downcast_ref() == Some(&"out of memory")
            }),
            (End::PanicsWith(137), "a `u16`", |payload| payload.downcast_ref() == Some(&137_u16)),
        ];
        for (end, what, is_the_same) in payloads {
            let backend = Backend::new();
            let (logged, request) = (Logged::new(backend.clone()), request(0));
            let mut call = Polling::new(logged.generate(&request));
            poll_pending(&mut call);
            backend.tell(0, end);
            let mut caught = Ok(());
            let poll = AssertUnwindSafe(|| drop(call.poll()));
            let panicked = panics(|| caught = catch_unwind(poll));
            assert!(!panicked, "the check catches the panic");
            let payload = caught.expect_err("the backend panicked, and the call did not");
            assert!(
                is_the_same(&*payload),
                "the backend panicked with {what} as payload, and the call with another payload"
            );
        }
    });
}

#[test]
fn a_dropped_call_drops_its_request() {
    check_async(|| async {
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        assert!(backend.in_flight() == 1, "the call was polled and sent no request");
        drop(call);
        assert!(backend.in_flight() == 0, "the call was dropped, and its request is in flight");
    });
}

#[test]
fn calls_do_not_wait_for_each_other() {
    check_async(|| async {
        let backend = Backend::new();
        let logged = Logged::new(backend.clone());
        let requests = [0, 1, 2].map(request);
        let calls = requests.iter().map(|request| Polling::new(logged.generate(request)));
        let mut calls: Vec<_> = calls.collect();
        calls.iter_mut().for_each(poll_pending);
        let in_flight = backend.in_flight();
        assert!(in_flight == 3, "three calls were polled, and {in_flight} requests are in flight");
        for number in [2, 0, 1] {
            backend.tell(number, responds());
            assert!(
                calls[number].poll().is_ready(),
                "request {number} has ended, and its call waits for another one"
            );
        }
    });
}

#[test]
fn a_call_wakes_its_latest_waker_and_no_other() {
    check_async(|| async {
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        assert!(call.poll_with_new_waker().is_pending(), "the call returned too early");
        sleep(ms(60_000)).await;
        assert!(call.wakes() == 0, "nothing happened, and the call woke itself");
        backend.wake_by_ref(0);
        assert!(call.was_woken(), "the backend called `wake_by_ref`, and the call was not woken");
        poll_pending(&mut call);
        backend.tell(0, responds());
        assert!(
            call.was_woken(),
            "the call was polled with a new waker, and the response did not wake it"
        );
    });
}

#[test]
fn the_future_is_send() {
    check(|| {
        let (logged, request) = (Logged::new(Backend::new()), request(0));
        let call = logged.attempt(1, &request);
        assert_send!(call, "the future of `attempt`");
        poll_pending(&mut Polling::new(call));
    });
}
