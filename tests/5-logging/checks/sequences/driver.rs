//! Makes calls, polls and drops them as the events say, and compares the log with the model.

use std::time::Duration;

use harness::{Polling, Telling, block_on_paused, panics};
use logging::Logged;
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::sleep;
use tracing::{Span, error_span};

use super::events::{Does, Event, Kind, Setting};
use super::model::{CALLERS_SPAN, Line, Model, NO_SPAN, in_words};
use crate::checks::backend::{Backend, End, response};
use crate::checks::recorder::{BACKEND, CALLER, Recorded, Recorder};

type Call<'a> = Polling<'a, Result<GenerateResponse, Error>>;

pub fn run(setting: &Setting, events: &[Event], telling: &Telling) -> Result<(), String> {
    telling.setting(format!("a subscriber that wants {}", setting.wanted));
    let recorder = Recorder::up_to(setting.wanted);
    let _listening = recorder.listen();
    let requests: Vec<GenerateRequest> =
        events.iter().filter_map(request).enumerate().map(numbered).collect();
    let backend = Backend::new();
    let logged = Logged::new(backend.clone());
    let driver = Driver {
        callers: error_span!(target: CALLER, "caller"),
        recorder: &recorder,
        logged: &logged,
        backend: &backend,
        requests: &requests,
        calls: Vec::new(),
    };
    block_on_paused(driver.drive(Model::new(setting.wanted), events, telling))
}

/// The request of a call, without its number.
fn request(event: &Event) -> Option<GenerateRequest> {
    let Event::Call { prompt, .. } = event else { return None };
    Some(GenerateRequest::new("", "?".repeat(*prompt)))
}

fn numbered((number, request): (usize, GenerateRequest)) -> GenerateRequest {
    GenerateRequest { model: number.to_string(), ..request }
}

struct Driver<'a> {
    callers: Span,
    recorder: &'a Recorder,
    logged: &'a Logged<Backend>,
    backend: &'a Backend,
    requests: &'a [GenerateRequest],
    calls: Vec<Option<Call<'a>>>,
}

impl Driver<'_> {
    async fn drive(
        mut self,
        mut model: Model,
        events: &[Event],
        telling: &Telling,
    ) -> Result<(), String> {
        for &event in events {
            if !self.can_happen(event, &model) {
                continue;
            }
            telling.tell(in_story(event, self.calls.len()));
            self.happens(event).await?;
            let expected = model.step(event);
            let seen: Vec<Line> =
                self.recorder.take().iter().map(|event| self.line(event)).collect();
            for line in &seen {
                telling.saw(format!("logged: {}, in {}", line.event, line.span));
            }
            compare(&expected, &seen)?;
            if self.recorder.current().is_some() {
                return Err("the thread is still in a span, and should be in none".to_owned());
            }
        }
        Ok(())
    }

    fn can_happen(&self, event: Event, model: &Model) -> bool {
        let exists = |call: usize| self.calls.get(call).is_some_and(Option::is_some);
        match event {
            Event::Poll { call, .. } => exists(call) && model.can_be_polled(call),
            Event::Drop { call, .. } | Event::CallerPanics { call } => exists(call),
            Event::Call { .. } | Event::CallerLogs { .. } | Event::Wait(_) => true,
        }
    }

    async fn happens(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Call { attempt, .. } => {
                let request = &self.requests[self.calls.len()];
                let logged = self.logged;
                let call = match attempt {
                    Some(attempt) => Polling::new(logged.attempt(attempt, request)),
                    None => Polling::new(logged.generate(request)),
                };
                self.calls.push(Some(call));
            }
            Event::Poll { call, inside, does } => return self.poll(call, inside, does),
            Event::Drop { call, inside } => {
                let call = self.calls[call].take();
                self.in_scope(inside, || drop(call));
            }
            Event::CallerPanics { call } => {
                let call = self.calls[call].take();
                panics(|| {
                    let _call = call;
                    panic!("the caller panics");
                });
            }
            Event::CallerLogs { inside } => {
                self.in_scope(inside, || tracing::info!(target: CALLER, "something"));
            }
            Event::Wait(time) => sleep(Duration::from_millis(time)).await,
        }
        Ok(())
    }

    fn poll(&mut self, number: usize, inside: bool, does: Does) -> Result<(), String> {
        if let Some(end) = end(number, does) {
            self.backend.tell(number, end);
        }
        let mut call = self.calls[number].take().expect("it is there");
        let mut poll = None;
        // Each poll comes from another task.
        let mut poll_once = || poll = Some(call.poll_with_new_waker());
        let panicked = self.in_scope(inside, || match does {
            Does::Panics => panics(poll_once),
            _ => {
                poll_once();
                false
            }
        });
        self.calls[number] = Some(call);
        let is_right = match (does, poll) {
            (Does::Waits, Some(poll)) => poll.is_pending(),
            (Does::Responds, Some(poll)) => {
                matches!(poll, std::task::Poll::Ready(Ok(reply)) if reply.response == number.to_string())
            }
            (Does::Fails(_), Some(poll)) => matches!(poll, std::task::Poll::Ready(Err(_))),
            (Does::Panics, _) => panicked,
            (_, None) => false,
        };
        match is_right {
            true => Ok(()),
            false => Err(format!("call {number} did not pass on what the backend did")),
        }
    }

    fn in_scope<T>(&self, inside: bool, f: impl FnOnce() -> T) -> T {
        if inside { self.callers.in_scope(f) } else { f() }
    }

    /// An event as the model writes it.
    fn line(&self, event: &Recorded) -> Line {
        let text = match &*event.target {
            target @ (BACKEND | CALLER) => target.to_owned(),
            _ => {
                let mut text = event.level.to_string();
                for name in ["outcome", "elapsed_ms", "error", "status"] {
                    if let Some(value) = event.fields.get(name) {
                        text += &format!(" {name}={value}");
                    }
                }
                text
            }
        };
        let span = event.span.map(|span| self.recorder.span(span));
        let span = match span {
            None => NO_SPAN.to_owned(),
            Some(span) if span.target() == CALLER => CALLERS_SPAN.to_owned(),
            Some(span) => {
                in_words(span.field("model"), span.field("attempt"), span.field("prompt_bytes"))
            }
        };
        Line { event: text, span }
    }
}

fn end(number: usize, does: Does) -> Option<End> {
    match does {
        Does::Waits => None,
        Does::Responds => Some(End::Responds(response(&number.to_string()))),
        Does::Panics => Some(End::Panics("out of memory".to_owned())),
        Does::Fails(kind) => Some(End::Fails(match kind {
            Kind::Refused => Error::Refused(None),
            Kind::Unfinished => Error::Unfinished,
            Kind::Status(code) => Error::Status { code, message: String::new(), retry_after: None },
        })),
    }
}

fn compare(expected: &[Line], seen: &[Line]) -> Result<(), String> {
    if expected == seen {
        return Ok(());
    }
    let in_words = |lines: &[Line]| {
        let lines: Vec<String> =
            lines.iter().map(|line| format!("{}, in {}", line.event, line.span)).collect();
        if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
    };
    Err(format!("this should be logged: {}\nand this is: {}", in_words(expected), in_words(seen)))
}

fn in_story(event: Event, calls: usize) -> String {
    let scope = |inside| if inside { ", inside a span of the caller" } else { "" };
    match event {
        Event::Call { attempt: Some(attempt), prompt } => {
            format!("call {calls} is made: attempt {attempt}, with a prompt of {prompt} bytes")
        }
        Event::Call { attempt: None, prompt } => {
            format!("call {calls} is made: `generate`, with a prompt of {prompt} bytes")
        }
        Event::Poll { call, inside, does } => {
            let does = match does {
                Does::Waits => "waits".to_owned(),
                Does::Responds => "responds".to_owned(),
                Does::Fails(kind) => format!("fails ({kind:?})"),
                Does::Panics => "panics".to_owned(),
            };
            format!("call {call} is polled{}: the backend {does}", scope(inside))
        }
        Event::Drop { call, inside } => format!("call {call} is dropped{}", scope(inside)),
        Event::CallerPanics { call } => format!("the caller panics, which drops call {call}"),
        Event::CallerLogs { inside } => format!("the caller logs something{}", scope(inside)),
        Event::Wait(time) => format!("{time} ms pass"),
    }
}
