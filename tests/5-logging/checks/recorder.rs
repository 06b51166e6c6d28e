//! A subscriber that records all spans and events.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{self, DefaultGuard, Interest};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

/// The targets of what the checks themselves log: no answer has these.
pub const BACKEND: &str = "the backend's event";
pub const CALLER: &str = "the caller's event";

/// Records all spans and events up to a level.
#[derive(Clone)]
pub struct Recorder {
    wanted: LevelFilter,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By their numbers, from 1.
    spans: BTreeMap<u64, Span>,
    /// The spans that each thread is in, the innermost last.
    entered: HashMap<ThreadId, Vec<u64>>,
    events: Vec<Recorded>,
}

/// The values of fields, as text.
pub type Fields = BTreeMap<&'static str, String>;

/// A span.
#[derive(Clone, Debug)]
pub struct Span {
    metadata: &'static Metadata<'static>,
    pub fields: Fields,
    pub parent: Option<u64>,
    /// How many handles of it there are. Without any, it is closed.
    pub handles: usize,
}

/// An event.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub target: String,
    pub level: Level,
    pub fields: Fields,
    pub span: Option<u64>,
}

impl Span {
    pub fn name(&self) -> &'static str {
        self.metadata.name()
    }

    pub fn target(&self) -> &'static str {
        self.metadata.target()
    }

    pub fn level(&self) -> Level {
        *self.metadata.level()
    }

    /// The value of a field, or an empty text.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl Recorded {
    /// The value of a field, or an empty text.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.level)?;
        self.fields.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

impl Recorder {
    /// Records everything.
    pub fn new() -> Self {
        Self::up_to(LevelFilter::TRACE)
    }

    /// Records what is at least as severe as this.
    pub fn up_to(wanted: LevelFilter) -> Self {
        Self { wanted, state: Arc::default() }
    }

    /// Records what this thread logs until the guard is dropped.
    pub fn listen(&self) -> DefaultGuard {
        subscriber::set_default(self.clone())
    }

    /// The events of the answer: all but those of the checks themselves.
    pub fn events(&self) -> Vec<Recorded> {
        let of_checks = |event: &&Recorded| [BACKEND, CALLER].contains(&&*event.target);
        let state = self.state();
        state.events.iter().filter(|event| !of_checks(event)).cloned().collect()
    }

    /// The events with this target.
    pub fn events_of(&self, target: &str) -> Vec<Recorded> {
        let state = self.state();
        state.events.iter().filter(|event| event.target == target).cloned().collect()
    }

    /// All events since the last call, whoever has logged them.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.state().events)
    }

    /// The spans of the answer, by their numbers.
    pub fn spans(&self) -> BTreeMap<u64, Span> {
        let state = self.state();
        let spans = state.spans.iter().filter(|(_, span)| span.target() != CALLER);
        spans.map(|(number, span)| (*number, span.clone())).collect()
    }

    pub fn span(&self, number: u64) -> Span {
        self.state().spans[&number].clone()
    }

    /// The span that this thread is in.
    pub fn current(&self) -> Option<u64> {
        self.state().current()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code that can panic runs under this lock")
    }
}

impl State {
    fn current(&self) -> Option<u64> {
        self.entered.get(&thread::current().id())?.last().copied()
    }

    fn parent(&self, explicit: Option<&Id>, is_contextual: bool) -> Option<u64> {
        explicit.map(Id::into_u64).or_else(|| self.current().filter(|_| is_contextual))
    }
}

impl Subscriber for Recorder {
    // What was wanted by another recorder of this process says nothing about this one.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.wanted
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.wanted)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let fields = fields(|visit| attributes.record(visit));
        let mut state = self.state();
        let parent = state.parent(attributes.parent(), attributes.is_contextual());
        let number = state.spans.len() as u64 + 1;
        let span = Span { metadata: attributes.metadata(), fields, parent, handles: 1 };
        state.spans.insert(number, span);
        Id::from_u64(number)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let fields = fields(|visit| values.record(visit));
        if let Some(span) = self.state().spans.get_mut(&span.into_u64()) {
            span.fields.extend(fields);
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let fields = fields(|visit| event.record(visit));
        let mut state = self.state();
        let span = state.parent(event.parent(), event.is_contextual());
        let metadata = event.metadata();
        let target = metadata.target().to_owned();
        state.events.push(Recorded { target, level: *metadata.level(), fields, span });
    }

    fn enter(&self, span: &Id) {
        let thread = thread::current().id();
        self.state().entered.entry(thread).or_default().push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let mut state = self.state();
        let entered = state.entered.entry(thread::current().id()).or_default();
        if let Some(at) = entered.iter().rposition(|number| *number == span.into_u64()) {
            entered.remove(at);
        }
    }

    fn clone_span(&self, span: &Id) -> Id {
        if let Some(span) = self.state().spans.get_mut(&span.into_u64()) {
            span.handles += 1;
        }
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        let mut state = self.state();
        let Some(span) = state.spans.get_mut(&span.into_u64()) else { return false };
        span.handles -= 1;
        span.handles == 0
    }

    fn current_span(&self) -> Current {
        let state = self.state();
        match state.current() {
            Some(number) => Current::new(Id::from_u64(number), state.spans[&number].metadata),
            None => Current::none(),
        }
    }
}

/// What a callback records.
fn fields(record: impl FnOnce(&mut dyn Visit)) -> Fields {
    let mut texts = Texts(Fields::new());
    record(&mut texts);
    texts.0
}

struct Texts(Fields);

impl Visit for Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
