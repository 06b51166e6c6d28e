//! Each way in which a call ends is logged, once.

use std::cell::RefCell;

use harness::Polling;
use ollama::GenerateRequest;

use super::*;

#[test]
fn a_response_is_logged() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::that(responds());
        let _ = Logged::new(backend).generate(&request(0)).await;
        let event = the_event(&recorder, "a call returned a response");
        assert_field(&event, "outcome", "ok", "a call returned a response");

        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::that(End::Responds(GenerateResponse::default()));
        let _ = Logged::new(backend).generate(&request(0)).await;
        let when = "a call returned a response without a text and without `done`";
        assert_field(&the_event(&recorder, when), "outcome", "ok", when);
    });
}

#[test]
fn an_error_is_logged() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::that(fails());
        let _ = Logged::new(backend).generate(&request(0)).await;
        let event = the_event(&recorder, "a call returned an error");
        assert_field(&event, "outcome", "error", "a call returned an error");
    });
}

#[test]
fn an_error_is_logged_by_its_kind() {
    check_async(|| async {
        for (when, kind, event) in events_of_errors().await {
            assert_field(&event, "error", kind, &when);
        }
    });
}

#[test]
fn a_status_is_logged_with_its_code() {
    check_async(|| async {
        for code in [301, 404, 503] {
            let recorder = Recorder::new();
            let _listening = recorder.listen();
            let error = Error::Status { code, message: String::new(), retry_after: None };
            let _ = Logged::new(Backend::that(End::Fails(error))).generate(&request(0)).await;
            let when = format!("a call returned a status {code}");
            assert_field(&the_event(&recorder, &when), "status", &code.to_string(), &when);
        }
    });
}

#[test]
fn only_an_error_has_an_error() {
    check_async(|| async {
        for (end, what) in [(responds(), "a response"), (panicking(), "a panic")] {
            let recorder = Recorder::new();
            let _listening = recorder.listen();
            let backend = Backend::new();
            let (logged, request) = (Logged::new(backend.clone()), request(0));
            let mut call = Polling::new(logged.generate(&request));
            poll_pending(&mut call);
            backend.tell(0, end);
            panics(|| drop(call.poll()));
            let event = the_event(&recorder, &format!("a call ended with {what}"));
            for field in ["error", "status"] {
                assert!(
                    !event.fields.contains_key(field),
                    "a call ended with {what}, and its event has a field `{field}`: {event}"
                );
            }
        }
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let _ = Logged::new(Backend::that(fails())).generate(&request(0)).await;
        let event = the_event(&recorder, "a call ended with an error that has no status");
        assert!(
            !event.fields.contains_key("status"),
            "a call ended with an error that is no status, and its event has a field `status`: {event}"
        );
    });
}

#[test]
fn a_dropped_call_is_logged_as_cancelled() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let (logged, request) = (Logged::new(Backend::new()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        drop(call);
        let event = the_event(&recorder, "a call was dropped while it waited");
        assert_field(&event, "outcome", "cancelled", "a call was dropped while it waited");
    });
}

#[test]
fn a_panic_is_logged() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        backend.tell(0, panicking());
        poll_panics(&mut call);
        let event = the_event(&recorder, "the backend panicked");
        assert_field(&event, "outcome", "panicked", "the backend panicked");
        drop(call);
        the_event(&recorder, "the backend panicked, and then the call was dropped");
    });
}

/// Polls a call to its end when it is dropped.
struct Cleanup<'a>(Polling<'a, Reply>);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let _ = self.0.poll();
    }
}

#[test]
fn a_panic_elsewhere_is_not_the_calls() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let (logged, request) = (Logged::new(Backend::new()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        panics(|| {
            let _call = call;
            panic!("the caller panics");
        });
        let when = "the caller panicked, which dropped a call that waited";
        assert_field(&the_event(&recorder, when), "outcome", "cancelled", when);

        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let logged = Logged::new(backend.clone());
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        backend.tell(0, responds());
        panics(|| {
            let _cleanup = Cleanup(call);
            panic!("the caller panics");
        });
        let when = "the caller panicked, and a call returned a response in its `drop`";
        assert_field(&the_event(&recorder, when), "outcome", "ok", when);
    });
}

type Waiting = Polling<'static, Reply>;

thread_local! {
    /// A call that is dropped when [`Drops`] is polled.
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
}

/// A backend at which request 0 waits, and all others drop a call, and respond.
struct Drops;

impl Generate for Drops {
    async fn generate(&self, request: &GenerateRequest) -> Reply {
        if request.model == "0" {
            std::future::pending::<()>().await;
        }
        drop(WAITING.take());
        Ok(response("blue"))
    }
}

#[test]
fn a_call_may_be_dropped_while_another_is_polled() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let logged: &'static Logged<Drops> = Box::leak(Box::new(Logged::new(Drops)));
        let first: &'static GenerateRequest = Box::leak(Box::new(request(0)));
        let mut waits: Waiting = Polling::new(Box::pin(logged.generate(first)));
        poll_pending(&mut waits);
        WAITING.set(Some(waits));
        let second = request(1);
        let _ = poll_ready(&mut Polling::new(logged.generate(&second)));
        let events = recorder.events();
        let outcomes: Vec<&str> = events.iter().map(|event| event.field("outcome")).collect();
        assert!(
            outcomes == ["cancelled", "ok"],
            "while the backend of one call was polled, it dropped another call, which waited, and \
             responded: the outcomes should be cancelled and ok, and are {outcomes:?}"
        );
    });
}

#[test]
fn nothing_is_logged_before_the_end() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let (logged, request) = (Logged::new(Backend::new()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        for _ in 0..3 {
            poll_pending(&mut call);
            sleep(ms(60_000)).await;
            let events = recorder.events();
            assert!(
                events.is_empty(),
                "a call has not ended, and it has logged {}",
                shown(&events)
            );
        }
        // Not part of this check, but a call that logs nothing at all must not pass.
        drop(call);
        the_event(&recorder, "a call was dropped while it waited");
    });
}

#[test]
fn a_finished_call_logs_nothing_more() {
    check_async(|| async {
        for (end, what) in [(responds(), "a response"), (fails(), "an error")] {
            let recorder = Recorder::new();
            let _listening = recorder.listen();
            let (logged, request) = (Logged::new(Backend::that(end)), request(0));
            let mut call = Polling::new(logged.generate(&request));
            let _ = poll_ready(&mut call);
            the_event(&recorder, &format!("a call returned {what}"));
            drop(call);
            the_event(&recorder, &format!("a call returned {what}, and its future was dropped"));
        }
    });
}

#[test]
fn a_call_that_was_never_polled_logs_nothing() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let (logged, request) = (Logged::new(Backend::new()), request(0));
        drop(logged.generate(&request));
        drop(logged.attempt(2, &request));
        let events = recorder.events();
        assert!(
            events.is_empty(),
            "two calls were dropped and never polled, and there is a log: {}",
            shown(&events)
        );
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        drop(call);
        the_event(&recorder, "one call was polled and dropped");
    });
}
