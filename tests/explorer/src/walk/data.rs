//! What the threads of a model share besides the program.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use schedule::Operation;

use super::call::Call;
use super::turn::Object;
use super::world::{self, announce};

/// The kind of a meeting as an object.
pub(super) const MEETING: &str = "meeting";

/// Data without any synchronisation of its own. Here all threads see the same, so a model with such
/// data is not walked.
#[derive(Debug)]
pub struct Data(());

impl Data {
    /// New data for a model.
    // As in the exhaustive search.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        world::give_up(
            "this model is about what one thread sees of the writes of another, and not about \
             the order of their steps",
        );
        Self(())
    }

    /// Writes the data.
    pub fn write(&self) {}

    /// Reads the data.
    pub fn read(&self) {}
}

/// Counts the threads that are in a section at the same time.
#[derive(Debug)]
pub struct Gauge {
    object: Object,
    inside: AtomicUsize,
}

impl Gauge {
    /// A gauge for a section that no thread is in.
    // As in the exhaustive search.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        let object = Object::with_value("threads inside", "0".to_owned());
        Self { object, inside: AtomicUsize::new(0) }
    }

    /// Enters the section, and lets other threads run before it returns how many are in it.
    #[track_caller]
    pub fn enter(&self) -> usize {
        self.step("enters", || self.inside.fetch_add(1, SeqCst));
        self.step("looks who else is inside", || self.inside.load(SeqCst))
    }

    /// Leaves the section.
    #[track_caller]
    pub fn leave(&self) {
        self.step("leaves", || self.inside.fetch_sub(1, SeqCst));
    }

    #[track_caller]
    fn step(&self, text: &str, f: impl FnOnce() -> usize) -> usize {
        let text = Some(text.to_owned());
        let turn = announce(Call { text, ..Call::on(Operation::Event, self.object) });
        let result = f();
        if let Some(turn) = turn {
            let inside = self.inside.load(SeqCst).to_string();
            turn.change(self.object, |gauge| gauge.value = Some(inside));
            turn.done(|step| step.sees = Some(result.to_string()));
        }
        result
    }
}

/// A point where threads wait for each other.
#[derive(Debug)]
pub struct Meeting {
    object: Object,
    expected: usize,
    arrived: AtomicUsize,
}

impl Meeting {
    /// A meeting of this many threads.
    pub fn new(expected: usize) -> Self {
        Self { object: Object::new(MEETING), expected, arrived: AtomicUsize::new(0) }
    }

    /// Waits until all threads of the meeting have called this.
    #[track_caller]
    pub fn wait(&self) {
        let call = |text: &str| Call {
            text: Some(text.to_owned()),
            ..Call::on(Operation::Event, self.object)
        };
        if let Some(turn) = announce(call("comes to the meeting")) {
            let arrived = self.arrived.fetch_add(1, SeqCst) + 1;
            turn.change(self.object, |meeting| meeting.woken = arrived == self.expected);
            turn.done(|_| {});
        }
        if let Some(turn) = announce(call("goes on").needs(self.object.woken())) {
            turn.done(|_| {});
        }
    }
}
