//! The search: every interleaving of a model, in order of preemptions.

use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::sync::{Arc, Once};

use schedule::{Interleaving, Schedule};

use crate::{progress, record};

/// The most steps that loom follows in one interleaving before it calls it endless.
const MOST_STEPS: usize = 2_000;

/// The learner's file, as it was compiled.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The end of its path, as the learner knows it: `src/semaphore.rs`.
    pub file: &'static str,
    pub text: &'static str,
}

/// A model, and how far to search it.
#[derive(Clone, Debug)]
pub struct Explorer {
    pub answer: Answer,
    /// What the model does, in a sentence.
    pub scenario: &'static str,
    /// The most preemptions to try; `None` is all that there are.
    pub preemptions: Option<usize>,
    /// After this many interleavings the search gives up, and says so.
    pub limit: usize,
}

/// Why a search ended early.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: FailureKind,
    /// loom's words, or those of the panic.
    pub message: String,
    /// File and line of the panic.
    pub place: Option<(String, u32)>,
    pub interleaving: Interleaving,
    /// Only of a replay.
    pub schedule: Option<Schedule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No thread can go on, and not all have ended.
    Deadlock,
    /// Data was written under no more than luck.
    DataRace,
    /// An assertion of the model failed, or the answer panicked.
    Panic,
    /// An interleaving goes on and on, as a spin loop does.
    Endless,
    /// The search was given up before its end.
    Limit,
    /// The answer does not do the same in the same interleaving.
    NotDeterministic,
    /// The answer calls what the explorer does not have.
    NotExplored,
}

impl FailureKind {
    /// How it ended; a panic has words of its own.
    pub(crate) fn outcome(self) -> Option<&'static str> {
        Some(match self {
            FailureKind::Deadlock => "every thread waits, and nobody is left to wake one",
            FailureKind::DataRace => "two threads used the same data, and nothing ordered them",
            FailureKind::Panic => return None,
            FailureKind::Endless => "it goes on like this without an end",
            FailureKind::Limit => "the search was given up here",
            FailureKind::NotDeterministic => "the same schedule did not do the same again",
            FailureKind::NotExplored => "here it calls what the explorer does not have",
        })
    }
}

struct Active {
    explorer: Explorer,
    bound: Option<usize>,
    on_failure: Rc<dyn Fn(Failure)>,
}

thread_local! {
    static ACTIVE: RefCell<Option<Active>> = const { RefCell::new(None) };
    static NUMBER: Cell<usize> = const { Cell::new(0) };
    static TRY_LOCK: Cell<bool> = const { Cell::new(false) };
    static STRONG_COUNT: Cell<bool> = const { Cell::new(false) };
}

/// Whether locks have the switch points that a contended `try_lock` needs.
pub(crate) fn explores_try_lock() -> bool {
    TRY_LOCK.get()
}

/// Whether `Arc`s have the switch points that a look at their count needs.
pub(crate) fn explores_strong_count() -> bool {
    STRONG_COUNT.get()
}

impl Answer {
    /// Whether a path of a compiled file is the answer's.
    pub fn is_file(&self, path: &str) -> bool {
        let path = path.replace('\\', "/");
        path.strip_suffix(self.file).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    }

    /// Whether the answer calls one of these. Some methods need switch points that loom
    /// does not have, and that would double the search of those who do without them.
    fn mentions(&self, methods: &[&str]) -> bool {
        methods.iter().any(|method| self.text.contains(method))
    }
}

impl Explorer {
    /// Runs a model under every interleaving, those with fewest preemptions first,
    /// so that the one which fails is one of the simplest. (Iterative context
    /// bounding: Musuvathi and Qadeer, PLDI 2007.) Returns how many the last and widest
    /// search had.
    ///
    /// `on_failure` is called inside the panic, on the model's stack, at the first
    /// failure. It has to end the process: loom's own destructors abort when they run
    /// while a model unwinds.
    pub fn explore(
        &self,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> usize {
        let on_failure: Rc<dyn Fn(Failure)> = Rc::new(on_failure);
        let model: Arc<dyn Fn() + Send + Sync> = Arc::new(model);
        let few = 0..self.preemptions.unwrap_or(3);
        for bound in few.map(Some).chain([self.preemptions]) {
            self.search(bound, None, on_failure.clone(), model.clone());
        }
        NUMBER.get()
    }

    /// One of the searches of [`explore`](Self::explore): all interleavings with at most so
    /// many preemptions. Returns how many there are.
    pub fn search_within(
        &self,
        preemptions: Option<usize>,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> usize {
        self.search(preemptions, None, Rc::new(on_failure), Arc::new(model));
        NUMBER.get()
    }

    /// Runs one of the searches of [`explore`](Self::explore) again, and records the
    /// interleaving of this number. Returns how many there are, if none fails.
    pub fn replay(
        &self,
        preemptions: Option<usize>,
        number: usize,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> usize {
        self.search(preemptions, Some(number), Rc::new(on_failure), Arc::new(model));
        NUMBER.get()
    }

    fn search(
        &self,
        bound: Option<usize>,
        record: Option<usize>,
        on_failure: Rc<dyn Fn(Failure)>,
        model: Arc<dyn Fn() + Send + Sync>,
    ) {
        install_hook();
        let active = Active { explorer: self.clone(), bound, on_failure };
        ACTIVE.set(Some(active));
        NUMBER.set(0);
        TRY_LOCK.set(self.answer.mentions(&["try_lock", "try_read", "try_write"]));
        STRONG_COUNT.set(self.answer.mentions(&["strong_count"]));

        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = bound;
        builder.max_branches = MOST_STEPS;
        // loom looks at limits only now and then, and then passes: ours is below.
        builder.max_duration = None;
        builder.max_permutations = None;
        let (answer, limit) = (self.answer, self.limit);
        builder.check(move || {
            NUMBER.set(NUMBER.get() + 1);
            progress::begin();
            if NUMBER.get() > limit {
                fail(FailureKind::Limit, "the search was given up", None);
            }
            let recorded = record == Some(NUMBER.get());
            if recorded {
                record::start(answer);
            }
            model();
            if recorded {
                record::thread_ended();
            }
        });
        ACTIVE.set(None);
    }
}

/// Sees every panic first; those outside a model go to the hook that was there.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if ACTIVE.with_borrow(Option::is_some) {
                fail_with(info);
            } else {
                previous(info);
            }
        }));
    });
}

fn fail_with(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("(a payload that is no text)");
    let place = info.location().map(|place| (place.file().to_owned(), place.line()));
    // loom's own panics have no type; these are its words in 0.7.
    let kind = if message.starts_with("deadlock; threads") {
        FailureKind::Deadlock
    } else if message.starts_with("Causality violation") {
        FailureKind::DataRace
    } else if message.starts_with("Model exceeded maximum number of branches") {
        FailureKind::Endless
    } else if message.contains("Is the model fully deterministic?")
        || loom_is_lost(message, place.as_ref())
    {
        FailureKind::NotDeterministic
    } else {
        FailureKind::Panic
    };
    fail(kind, message, place);
}

/// Whether loom lost its way: what it noted of an object in one run is looked up in the next,
/// where with chance in the model the object is another, or is not there.
fn loom_is_lost(message: &str, place: Option<&(String, u32)>) -> bool {
    let looks_up = ["index out of bounds", "object is not branchable", "failed to get object"];
    let is_bookkeeping = looks_up.iter().any(|words| message.starts_with(words))
        || message.contains("[loom internal bug]");
    let file = place.map(|(file, _)| file.replace('\\', "/"));
    is_bookkeeping && file.is_some_and(|file| file.contains("/loom-") && file.contains("/src/rt/"))
}

fn fail(kind: FailureKind, message: &str, place: Option<(String, u32)>) {
    let Some(active) = ACTIVE.take() else { return };
    let number = NUMBER.get();
    let answer = active.explorer.answer;
    let panicked = (kind == FailureKind::Panic)
        .then(|| place.as_ref().filter(|(file, _)| answer.is_file(file)).map(|(_, line)| *line));
    let schedule = record::finish(panicked, number).map(|schedule| Schedule {
        scenario: active.explorer.scenario.to_owned(),
        outcome: kind.outcome().unwrap_or(message).to_owned(),
        ..schedule
    });
    let interleaving = Interleaving::Counted { preemptions: active.bound, number };
    let message = message.to_owned();
    (active.on_failure)(Failure { kind, message, place, interleaving, schedule });
}
