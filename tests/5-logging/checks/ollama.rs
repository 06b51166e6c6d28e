//! Calls of the given client, against a mock of Ollama that holds and breaks replies.
//!
//! The client and the mock may log, too: here the event of a call is one with an `outcome`.

use harness::doing;
use logging::Logged;
use ollama::{Client, Generate, GenerateRequest};
use ollama_mock::{At, End, Failure, Fault, Mock};
use tokio::select;

use super::check_io;
use super::recorder::{Recorded, Recorder};

/// A mock that answers at once, and a logged client for it.
struct Setting {
    mock: Mock,
    logged: Logged<Client>,
    request: GenerateRequest,
}

impl Setting {
    async fn new() -> Self {
        let mock = Mock::builder().parallel(8).warm().start().await;
        let mock = mock.expect("a free port on this machine");
        let client = Client::new(&mock.uri()).expect("the mock's address");
        let request = GenerateRequest::new("llama3.2", "Why is the sky blue?");
        Self { mock, logged: Logged::new(client), request }
    }
}

/// The one event of a call.
#[track_caller]
fn the_event(recorder: &Recorder, when: &str) -> Recorded {
    let mut events = recorder.events();
    events.retain(|event| event.fields.contains_key("outcome"));
    let logged = events.len();
    assert!(logged == 1, "{when}, and the events with an outcome that were logged are {logged}");
    events.remove(0)
}

#[track_caller]
fn assert_logged(recorder: &Recorder, outcome: &str, error: &str, when: &str) {
    let event = the_event(recorder, when);
    assert!(
        event.field("outcome") == outcome && event.field("error") == error,
        "{when}: the outcome should be `{outcome}` {error:?}, and this was logged: {event}"
    );
    let span = event.span.map(|span| recorder.span(span));
    let model = span.as_ref().map_or("", |span| span.field("model"));
    assert!(model == "llama3.2", "{when}: the event is not in the span of its call: {span:?}");
}

#[test]
fn a_reply_of_ollama_is_logged() {
    check_io(|| async {
        let setting = Setting::new().await;
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let reply = setting.logged.generate(&setting.request).await;
        assert!(
            matches!(&reply, Ok(reply) if reply.done && !reply.response.is_empty()),
            "the server replied, and the call returned {reply:?}"
        );
        assert_logged(&recorder, "ok", "", "the server replied");
    });
}

#[test]
fn each_failure_of_ollama_is_logged_by_its_kind() {
    check_io(|| async {
        let cut = |end| Fault::Cut { after: 0, end, then_refuse: false };
        for (fault, kind, what) in [
            (Failure::busy().into(), "status", "the server answered 503"),
            (Failure::new(404, "model 'missing' not found").into(), "status", "it answered 404"),
            (Fault::Crash { after: 0 }, "status", "the model's process crashed"),
            (Fault::NoDone { after: 0 }, "unfinished", "the reply ended without `done`"),
            (cut(End::Fin), "cut_inside", "the reply was cut off"),
            (Fault::HangUp(End::Fin), "cut_before", "the connection was closed before the reply"),
        ] {
            let setting = Setting::new().await;
            let fault: Fault = fault;
            setting.mock.script([fault]);
            let recorder = Recorder::new();
            let _listening = recorder.listen();
            let reply = setting.logged.attempt(1, &setting.request).await;
            assert!(reply.is_err(), "{what}, and the call returned a reply");
            assert_logged(&recorder, "error", kind, what);
        }
    });
}

#[test]
fn a_dropped_call_closes_its_connection_and_is_logged() {
    check_io(|| async {
        let setting = Setting::new().await;
        let arrival = setting.mock.gate(At::Arrival);
        arrival.close();
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        {
            let _doing = doing("waiting for a request at the server");
            select! {
                reply = setting.logged.generate(&setting.request) => {
                    panic!("the server holds the reply, and the call returned {reply:?}")
                }
                _ = arrival.wait_for(1) => {}
            }
        }
        assert_logged(&recorder, "cancelled", "", "the call was dropped");
        let _doing = doing("waiting for the connection of a dropped call to be closed");
        arrival.wait_for_left(1).await;
    });
}
