//! The contract as a plain program: what each step logs, and in which span.

use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::events::{Does, Event, Kind};
use crate::checks::recorder::{BACKEND, CALLER};

/// The calls of a sequence, by their numbers.
pub struct Model {
    wanted: LevelFilter,
    now: u64,
    calls: Vec<Call>,
}

struct Call {
    attempt: u32,
    prompt: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not polled yet.
    Made,
    /// First polled at this time.
    Running(u64),
    /// It has ended; its future may still be there.
    Ended,
}

/// What is logged: an event, and the fields of the span that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub event: String,
    pub span: String,
}

pub const NO_SPAN: &str = "no span";
pub const CALLERS_SPAN: &str = "the span of the caller";

impl Model {
    pub fn new(wanted: LevelFilter) -> Self {
        Self { wanted, now: 0, calls: Vec::new() }
    }

    /// Whether the call is there and may be polled.
    pub fn can_be_polled(&self, call: usize) -> bool {
        self.calls.get(call).is_some_and(|call| call.state != State::Ended)
    }

    /// What this event makes the answer, the backend and the caller log.
    pub fn step(&mut self, event: Event) -> Vec<Line> {
        match event {
            Event::Call { attempt, prompt } => {
                let attempt = attempt.unwrap_or(1);
                self.calls.push(Call { attempt, prompt, state: State::Made });
                Vec::new()
            }
            Event::Wait(time) => {
                self.now += time;
                Vec::new()
            }
            Event::CallerLogs { inside } => {
                let span = if inside { CALLERS_SPAN } else { NO_SPAN };
                self.line(Level::INFO, CALLER, span.to_owned())
            }
            Event::Poll { call, does, .. } => {
                let State::Made = self.calls[call].state else { return self.polled(call, does) };
                self.calls[call].state = State::Running(self.now);
                self.polled(call, does)
            }
            Event::Drop { call, .. } | Event::CallerPanics { call } => {
                self.end(call, Level::WARN, "cancelled", "")
            }
        }
    }

    fn polled(&mut self, call: usize, does: Does) -> Vec<Line> {
        let mut lines = self.line(Level::INFO, BACKEND, self.span(call));
        lines.extend(match does {
            Does::Waits => Vec::new(),
            Does::Responds => self.end(call, Level::INFO, "ok", ""),
            Does::Panics => self.end(call, Level::ERROR, "panicked", ""),
            Does::Fails(kind) => {
                let error = match kind {
                    Kind::Refused => " error=refused".to_owned(),
                    Kind::Unfinished => " error=unfinished".to_owned(),
                    Kind::Status(code) => format!(" error=status status={code}"),
                };
                self.end(call, Level::WARN, "error", &error)
            }
        });
        lines
    }

    fn end(&mut self, call: usize, level: Level, outcome: &str, error: &str) -> Vec<Line> {
        let state = std::mem::replace(&mut self.calls[call].state, State::Ended);
        let State::Running(begun) = state else { return Vec::new() };
        let elapsed = self.now - begun;
        let event = format!("{level} outcome={outcome} elapsed_ms={elapsed}{error}");
        self.line(level, &event, self.span(call))
    }

    /// The span of a call, if it is wanted.
    fn span(&self, call: usize) -> String {
        let Call { attempt, prompt, .. } = self.calls[call];
        in_words(&call.to_string(), &attempt.to_string(), &prompt.to_string())
    }

    fn line(&self, level: Level, event: &str, span: String) -> Vec<Line> {
        let wanted = level <= self.wanted;
        wanted.then(|| Line { event: event.to_owned(), span }).into_iter().collect()
    }
}

/// The span of a call.
pub fn in_words(model: &str, attempt: &str, prompt_bytes: &str) -> String {
    format!("generate model={model} attempt={attempt} prompt_bytes={prompt_bytes}")
}
