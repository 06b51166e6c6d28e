//! The span of a call: what it says, and what is in it.

use tracing::info_span;

use super::*;

/// Calls once, and returns the span of the call.
async fn span_of(call: impl AsyncFnOnce(&Logged<Backend>)) -> Span {
    let recorder = Recorder::new();
    let _listening = recorder.listen();
    call(&Logged::new(Backend::that(responds()))).await;
    the_span(&recorder, "a call returned a response")
}

#[track_caller]
fn assert_span_field(span: &Span, name: &str, expected: &str) {
    let seen = span.fields.get(name).map_or("missing".to_owned(), |value| format!("{value:?}"));
    assert!(
        span.field(name) == expected,
        "the field `{name}` of the span should be {expected:?}, and is {seen}"
    );
}

#[test]
fn the_span_says_which_call_it_is() {
    check_async(|| async {
        let mut request = request(0);
        request.model = "0:1b".to_owned();
        let span = span_of(async |logged| drop(logged.attempt(2, &request).await)).await;
        let name = span.name();
        assert!(name == "generate", "the span should be called \"generate\", and is {name:?}");
        assert_span_field(&span, "model", "0:1b");
        assert_span_field(&span, "prompt_bytes", "20");
    });
}

#[test]
fn the_prompt_is_counted_in_bytes() {
    check_async(|| async {
        // The last has more bytes than a `u16` holds.
        for (prompt, bytes) in [("", "0"), ("größer", "8"), (&"a".repeat(70_000), "70000")] {
            let mut request = request(0);
            request.prompt = prompt.to_owned();
            let span = span_of(async |logged| drop(logged.generate(&request).await)).await;
            assert_span_field(&span, "prompt_bytes", bytes);
        }
    });
}

#[test]
fn the_span_has_the_number_of_the_attempt() {
    check_async(|| async {
        for attempt in [1, 2, u32::MAX] {
            let call = async |logged: &Logged<Backend>| {
                drop(logged.attempt(attempt, &request(0)).await);
            };
            assert_span_field(&span_of(call).await, "attempt", &attempt.to_string());
        }
    });
}

#[test]
fn each_call_of_generate_is_attempt_one() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let logged = Logged::new(backend.clone());
        for _ in 0..3 {
            backend.tell(0, fails());
            let _ = logged.generate(&request(0)).await;
        }
        let events = recorder.events();
        assert!(events.len() == 3, "three calls failed, and the log is {}", shown(&events));
        for event in &events {
            let span = event.span.unwrap_or_else(|| panic!("the event is in no span: {event}"));
            assert_span_field(&recorder.span(span), "attempt", "1");
        }
    });
}

#[test]
fn what_the_backend_logs_is_in_the_span() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        poll_pending(&mut call);
        backend.tell(0, responds());
        let _ = poll_ready(&mut call);
        let span = the_event(&recorder, "a call returned a response").span;
        assert!(span.is_some(), "the event is in no span");
        for (poll, event) in recorder.events_of(BACKEND).iter().enumerate() {
            assert!(
                event.span == span,
                "what the backend logged in poll {} is {}, and should be in the span of the call",
                poll + 1,
                if event.span.is_some() { "in another span" } else { "in no span" }
            );
        }
    });
}

#[test]
fn what_others_log_between_polls_is_not_in_the_span() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.attempt(1, &request));
        for _ in 0..2 {
            poll_pending(&mut call);
            tracing::info!(target: CALLER, "something else");
        }
        backend.tell(0, responds());
        let _ = poll_ready(&mut call);
        tracing::info!(target: CALLER, "something else");
        drop(call);
        tracing::info!(target: CALLER, "something else");
        for event in recorder.events_of(CALLER) {
            assert!(
                event.span.is_none(),
                "after a poll of a call, others log in the span of that call"
            );
        }
        let event = the_event(&recorder, "a call returned a response");
        assert!(event.span.is_some(), "the event is in no span: {event}");
    });
}

#[test]
fn a_panic_leaves_the_span() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        backend.tell(0, panicking());
        poll_panics(&mut call);
        assert!(
            recorder.current().is_none(),
            "the backend panicked, and the thread is still in the span of the call"
        );
        let event = the_event(&recorder, "the backend panicked");
        assert!(event.span.is_some(), "the event of a panic is in no span: {event}");
    });
}

#[test]
fn a_cancelled_call_logs_in_its_span() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let (logged, request) = (Logged::new(Backend::new()), request(0));
        let mut call = Polling::new(logged.attempt(3, &request));
        poll_pending(&mut call);
        let elsewhere = info_span!(target: CALLER, "elsewhere");
        elsewhere.in_scope(|| drop(call));
        let event = the_event(&recorder, "a call was dropped");
        let span = event.span.map(|span| recorder.span(span));
        assert!(
            span.as_ref().is_some_and(|span| span.field("attempt") == "3"),
            "a call was dropped inside another span, and its event is {}",
            match span {
                Some(span) => format!("in the span {:?}", span.name()),
                None => "in no span".to_owned(),
            }
        );
    });
}

#[test]
fn concurrent_calls_do_not_mix() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let logged = Logged::new(backend.clone());
        let requests = [0, 1, 2, 3].map(request);
        let attempts = [11, 12, 13, 14];
        let calls = requests.iter().zip(attempts);
        let calls = calls.map(|(request, attempt)| Polling::new(logged.attempt(attempt, request)));
        let mut calls: Vec<_> = calls.collect();
        for (number, call) in calls.iter_mut().enumerate() {
            poll_pending(call);
            sleep(ms(10 * (number as u64 + 1))).await;
        }
        recorder.take();
        // At 100 ms. The calls began at 0, 10, 30 and 60 ms.
        for (number, elapsed) in [(2, "70"), (0, "100"), (3, "40"), (1, "90")] {
            backend.tell(number, responds());
            let _ = poll_ready(&mut calls[number]);
            for event in recorder.take() {
                let span = event.span.map(|span| recorder.span(span));
                let model = span.as_ref().map_or("", |span| span.field("model"));
                let attempt = span.as_ref().map_or("", |span| span.field("attempt"));
                assert!(
                    model == number.to_string() && attempt == attempts[number].to_string(),
                    "four calls are in flight, and what belongs to model {number}, attempt {}, is \
                     logged for model {model:?}, attempt {attempt:?}",
                    attempts[number]
                );
                if event.target != BACKEND {
                    let when = format!("of four calls, the one to model {number} ended");
                    assert_field(&event, "elapsed_ms", elapsed, &when);
                }
            }
        }
    });
}

#[test]
fn the_span_is_inside_of_the_callers() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let outer = info_span!(target: CALLER, "outer");
        let outer_id = outer.id().map(|id| id.into_u64());
        let mut call = outer.in_scope(|| {
            let mut call = Polling::new(logged.generate(&request));
            poll_pending(&mut call);
            let current = recorder.current();
            assert!(current == outer_id, "after a poll, the caller is not in its own span");
            call
        });
        backend.tell(0, responds());
        let _ = poll_ready(&mut call);
        let span = the_span(&recorder, "a call returned a response");
        assert!(
            span.parent == outer_id,
            "a call was made inside a span of the caller, and its own span is not inside that one"
        );
    });
}

#[test]
fn the_span_is_closed_with_the_call() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        for (end, what) in [
            (Some(responds()), "returned a response"),
            (Some(fails()), "returned an error"),
            (Some(panicking()), "panicked"),
            (None, "was dropped"),
        ] {
            let backend = Backend::new();
            let (logged, request) = (Logged::new(backend.clone()), request(0));
            let mut call = Polling::new(logged.generate(&request));
            poll_pending(&mut call);
            if let Some(end) = end {
                backend.tell(0, end);
                panics(|| drop(call.poll()));
            }
            drop(call);
            let spans = recorder.spans();
            assert!(!spans.is_empty(), "a call {what}, and there was no span");
            assert!(
                spans.values().all(|span| span.handles == 0),
                "a call {what}, its future is gone, and its span is still open"
            );
        }
    });
}
