//! The search: every interleaving of a model, those with the fewest preemptions first.

use std::cell::Cell;
use std::iter;
use std::panic::PanicHookInfo;
use std::rc::Rc;
use std::sync::Arc;

use schedule::{Interleaving, Schedule};

use super::{chance, loads, record, switch_points};
use crate::failure::of_panic;
use crate::hook::with_hook;
use crate::{Answer, Failure, FailureKind, progress};

/// An interleaving with more steps than this is taken for an endless one.
const MAX_STEPS: usize = 2_000;

/// How the search of a model is done.
#[derive(Clone, Debug)]
pub struct Explorer {
    /// The file whose lines a recorded interleaving shows.
    pub answer: Answer,
    /// What the model does, in a sentence.
    pub scenario: &'static str,
    /// The most preemptions to try; `None` is any number.
    pub preemptions: Option<usize>,
    /// The most interleavings to run in one pass before it is given up for a narrower one.
    pub limit: usize,
    /// The most interleavings to run in all searches of this process.
    pub limit_in_all: usize,
}

/// A search that found no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searched {
    /// How many interleavings the last and widest pass had.
    pub interleavings: usize,
    /// The most preemptions in that pass; `None` is any number.
    pub preemptions: Option<usize>,
}

/// With how many preemptions a search is done where there are too many interleavings for more.
/// Most mistakes show with two. (Musuvathi and Qadeer, PLDI 2007.)
const FALLBACKS: [usize; 2] = [4, 3];

/// Why a search that found no failure says nothing of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// There are too many interleavings.
    TooMany {
        /// All interleavings with at most so many preemptions were run.
        tried: Option<usize>,
    },
    /// The interleavings took another course when they were run again.
    Differs,
}

/// One pass over the interleavings of a model.
#[derive(Clone)]
struct Pass {
    explorer: Explorer,
    preemptions: Option<usize>,
    stale_loads: bool,
    /// The number of the interleaving to record.
    record: Option<usize>,
    on_failure: Rc<dyn Fn(Failure)>,
}

thread_local! {
    /// The number of the interleaving that runs, in its pass, from 1.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

impl Explorer {
    /// Runs a model under every interleaving, those with the fewest preemptions first, so that the
    /// one that fails is one of the simplest. (Iterative context bounding: Musuvathi and Qadeer,
    /// PLDI 2007.) Those in which a load returns an old value come after all with few preemptions.
    /// If there are more interleavings than the limit allows, only those with few preemptions are
    /// run; [`Searched`] says how few. The last pass with few preemptions over an answer that
    /// could depend on chance is run twice.
    ///
    /// `on_failure` is called inside the panic, on the model's stack, at the first failure. It has
    /// to end the process: loom's own destructors abort when they run while a model unwinds.
    pub fn explore(
        &self,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> Result<Searched, GivenUp> {
        let on_failure: Rc<dyn Fn(Failure)> = Rc::new(on_failure);
        let model: Arc<dyn Fn() + Send + Sync> = Arc::new(model);
        let few = 0..self.preemptions.map_or(3, |most| most.max(1));
        let traced = chance::could_matter_to(&self.answer);
        let run = |preemptions, stale_loads| {
            chance::begin_pass(traced);
            self.pass(preemptions, stale_loads, None, on_failure.clone()).run(model.clone())
        };
        let mut tried = None;
        for preemptions in few.clone() {
            run(Some(preemptions), false).ok_or(GivenUp::TooMany { tried })?;
            tried = Some(preemptions);
        }
        let stale_loads = loads::could_be_stale();
        if stale_loads {
            tried = None;
            for preemptions in few {
                run(Some(preemptions), true).ok_or(GivenUp::TooMany { tried })?;
                tried = Some(preemptions);
            }
        }
        if traced && let Some(preemptions) = tried {
            let trace = chance::trace();
            run(Some(preemptions), stale_loads).ok_or(GivenUp::TooMany { tried })?;
            if chance::trace() != trace {
                return Err(GivenUp::Differs);
            }
        }
        let fewer = FALLBACKS.map(Some).into_iter();
        let bounds = fewer.filter(|bound| self.preemptions.is_none_or(|most| *bound < Some(most)));
        let searched = iter::once(self.preemptions).chain(bounds).find_map(|preemptions| {
            let interleavings = run(preemptions, true)?;
            Some(Searched { interleavings, preemptions })
        });
        searched.ok_or(GivenUp::TooMany { tried })
    }

    /// Runs one pass of [`explore`](Self::explore): all interleavings with at most this many
    /// preemptions. Returns how many there are.
    pub fn search_within(
        &self,
        preemptions: Option<usize>,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> usize {
        self.pass(preemptions, true, None, Rc::new(on_failure)).run(Arc::new(model));
        NUMBER.get()
    }

    /// Runs the pass of [`explore`](Self::explore) in which an interleaving failed again, and
    /// records that interleaving. If it returns, no interleaving failed this time; the result is how
    /// many there are.
    pub fn replay(
        &self,
        interleaving: Interleaving,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> usize {
        let Interleaving::Counted { preemptions, stale_loads, number, .. } = interleaving else {
            return 0;
        };
        let pass = self.pass(preemptions, stale_loads, Some(number), Rc::new(on_failure));
        pass.run(Arc::new(model));
        NUMBER.get()
    }

    fn pass(
        &self,
        preemptions: Option<usize>,
        stale_loads: bool,
        record: Option<usize>,
        on_failure: Rc<dyn Fn(Failure)>,
    ) -> Pass {
        Pass { explorer: self.clone(), preemptions, stale_loads, record, on_failure }
    }
}

impl Pass {
    /// Returns how many interleavings there are; `None` if there are more than the limit.
    fn run(self, model: Arc<dyn Fn() + Send + Sync>) -> Option<usize> {
        NUMBER.set(0);
        switch_points::choose_for(&self.explorer.answer);
        loads::allow_stale(self.stale_loads);
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = self.preemptions;
        builder.max_branches = MAX_STEPS;
        builder.max_duration = None;
        // loom looks at its limits at each multiple of the interval, before it runs that interleaving,
        // and then returns as if all were well. So it runs one more than the limit, if there is one.
        let (record, answer) = (self.record, self.explorer.answer);
        let left = self.explorer.limit_in_all.saturating_sub(progress::runs_begun());
        let limit = self.explorer.limit.min(left);
        builder.checkpoint_interval = limit.saturating_add(2);
        builder.max_permutations = Some(builder.checkpoint_interval);
        let search = move || {
            builder.check(move || {
                NUMBER.set(NUMBER.get() + 1);
                progress::begin();
                record::begin();
                let recorded = record == Some(NUMBER.get());
                if recorded {
                    record::start(answer);
                }
                model();
                if recorded {
                    record::thread_ended();
                }
            });
        };
        with_hook(move |info| self.fail(info), search);
        Some(NUMBER.get()).filter(|&count| count <= limit)
    }

    fn fail(&self, info: &PanicHookInfo<'_>) {
        let (message, place) = of_panic(info);
        let kind = kind(&message, place.as_ref());
        let Explorer { answer, scenario, .. } = self.explorer;
        let panicked = (kind == FailureKind::Panic).then(|| {
            let in_answer = place.as_ref().filter(|(file, _)| answer.is_file(file));
            in_answer.map(|(_, line)| *line)
        });
        let number = NUMBER.get();
        let schedule = record::finish(panicked, number).map(|schedule| Schedule {
            scenario: scenario.to_owned(),
            outcome: kind.outcome().unwrap_or(&message).to_owned(),
            ..schedule
        });
        let Pass { preemptions, stale_loads, .. } = *self;
        let interleaving = Interleaving::Counted { model: 0, preemptions, stale_loads, number };
        (self.on_failure)(Failure { kind, message, place, interleaving, schedule });
    }
}

/// What a panic says of the interleaving. loom's own panics have no type: these are the beginnings
/// of their messages in loom 0.7.
fn kind(message: &str, place: Option<&(String, u32)>) -> FailureKind {
    if message.starts_with("deadlock; threads") {
        FailureKind::Deadlock
    } else if message.starts_with("Causality violation") {
        FailureKind::DataRace
    } else if message.starts_with("Model exceeded maximum number of branches") {
        FailureKind::Endless
    } else if message.contains("Is the model fully deterministic?") || is_loom_lost(message, place)
    {
        FailureKind::NotDeterministic
    } else {
        FailureKind::Panic
    }
}

/// Whether loom met a state that cannot be, which happens if the model has random behaviour: an
/// object of an earlier interleaving is another one now, or a thread goes on although it waits.
fn is_loom_lost(message: &str, place: Option<&(String, u32)>) -> bool {
    // loom gives these the place of the call into it, and all others a place in itself.
    let waiting = ["assertion failed: state.notified", "expected to be able to acquire"];
    let file = place.map(|(file, _)| file.replace('\\', "/")).unwrap_or_default();
    let in_loom = file.contains("/loom-") && file.contains("/src/");
    let of_the_model = ["Arc leaked", "cannot access Loom execution state"];
    waiting.iter().any(|words| message.starts_with(words))
        || in_loom && !of_the_model.iter().any(|words| message.starts_with(words))
}
