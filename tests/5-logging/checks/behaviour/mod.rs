//! What a call does and logs, polled by hand on a paused clock.

use std::time::Duration;

use harness::{Polling, panics};
use logging::Logged;
use ollama::{Error, Generate, GenerateResponse};
use tokio::time::sleep;

use super::backend::{Backend, End, request, response};
use super::recorder::{BACKEND, CALLER, Recorded, Recorder, Span};
use super::{check, check_async};

mod ends;
mod levels;
mod passing;
mod secrets;
mod spans;
mod time;

type Reply = Result<GenerateResponse, Error>;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn responds() -> End {
    End::Responds(response("blue"))
}

fn fails() -> End {
    End::Fails(Error::Unfinished)
}

/// The event of a call that ends with an error, for every kind of error: when that was, under which name the
/// error is logged, and the event.
async fn events_of_errors() -> Vec<(String, &'static str, Recorded)> {
    let host = Error::Host { host: "ftp://x".to_owned(), reason: "ftp".to_owned() };
    let status = Error::Status { code: 503, message: "busy".to_owned(), retry_after: None };
    let failed = Error::Failed { message: "it crashed".to_owned() };
    let mut events = Vec::new();
    for (error, kind) in [
        (host, "host"),
        (Error::Refused(None), "refused"),
        (Error::CutBefore(None), "cut_before"),
        (Error::CutInside(Some("reset".into())), "cut_inside"),
        (Error::TimedOut(None), "timed_out"),
        (status, "status"),
        (Error::Unfinished, "unfinished"),
        (failed, "failed"),
        (Error::BadJson(None), "bad_json"),
        (Error::Other("not HTTP".into()), "other"),
    ] {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let when = format!("a call returned {error:?}");
        let backend = Backend::that(End::Fails(error));
        let _ = Logged::new(backend).generate(&request(0)).await;
        let event = the_event(&recorder, &when);
        events.push((when, kind, event));
    }
    events
}

fn panicking() -> End {
    End::Panics("out of memory".to_owned())
}

/// Polls a call whose request has not ended.
#[track_caller]
fn poll_pending(call: &mut Polling<'_, Reply>) {
    assert!(call.poll().is_pending(), "the call returned before its request had ended");
}

/// Polls a call whose request has ended.
#[track_caller]
fn poll_ready(call: &mut Polling<'_, Reply>) -> Reply {
    match call.poll() {
        std::task::Poll::Ready(reply) => reply,
        std::task::Poll::Pending => panic!("the request has ended, and the call did not return"),
    }
}

/// Polls a call whose request panics.
#[track_caller]
fn poll_panics(call: &mut Polling<'_, Reply>) {
    let panicked = panics(|| drop(call.poll()));
    assert!(panicked, "the backend panicked, and the panic did not reach the caller");
}

/// The one event of one call.
#[track_caller]
fn the_event(recorder: &Recorder, when: &str) -> Recorded {
    let events = recorder.events();
    match &events[..] {
        [event] => event.clone(),
        [] => panic!("{when}, and nothing was logged"),
        _ => panic!("{when}, and {} events were logged: {}", events.len(), shown(&events)),
    }
}

fn shown(events: &[Recorded]) -> String {
    let events: Vec<String> = events.iter().map(Recorded::to_string).collect();
    events.join("; ")
}

/// The span of the one event of one call.
#[track_caller]
fn the_span(recorder: &Recorder, when: &str) -> Span {
    let event = the_event(recorder, when);
    let span = event.span.unwrap_or_else(|| panic!("the event is in no span: {event}"));
    recorder.span(span)
}

#[track_caller]
fn assert_field(event: &Recorded, name: &str, expected: &str, when: &str) {
    let seen = event.fields.get(name).map_or("missing".to_owned(), |value| format!("{value:?}"));
    assert!(
        event.field(name) == expected,
        "{when}: the field `{name}` of the event should be {expected:?}, and is {seen}"
    );
}
