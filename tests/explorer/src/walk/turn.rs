//! What a primitive does with the world: it registers, waits for its turn, and says what it did.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use schedule::Step;

use super::call::Need;
use super::world::{World, current};

/// The identity of a primitive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object(Option<u32>);

/// What is known of an object.
#[derive(Default)]
pub(super) struct ObjectState {
    /// Its value, once it is known.
    pub(super) value: Option<String>,
    pub(super) holders: Vec<usize>,
    /// Whether its one holder keeps others from reading, too.
    pub(super) exclusive: bool,
    /// The threads that wait at a condition variable, the first to come first.
    pub(super) queue: Vec<usize>,
    /// Whether the task has been woken.
    pub(super) woken: bool,
}

impl Object {
    /// A new primitive, made by the running thread. Outside of a run it is not watched.
    pub(super) fn new(kind: &'static str) -> Self {
        let Some((world, me)) = current() else { return Self(None) };
        let mut state = world.lock();
        let thread = &mut state.threads[me];
        thread.objects_made += 1;
        let made = thread.objects_made;
        let id = state.search_mut().object(me, made, kind);
        state.objects.insert(id, ObjectState::default());
        Self(Some(id))
    }

    /// The same, for a primitive whose value can be shown from the beginning.
    pub(super) fn with_value(kind: &'static str, value: String) -> Self {
        let object = Self::new(kind);
        if let (Some((world, _)), Some(id)) = (current(), object.0) {
            world.lock().objects.entry(id).or_default().value = Some(value);
        }
        object
    }

    pub(super) fn id(self) -> Option<u32> {
        self.0
    }

    pub(super) fn free(self) -> Need {
        self.0.map_or(Need::Nothing, Need::Free)
    }

    pub(super) fn shared(self) -> Need {
        self.0.map_or(Need::Nothing, Need::Shared)
    }

    pub(super) fn woken(self) -> Need {
        self.0.map_or(Need::Nothing, Need::Woken)
    }
}

/// The turn of a thread whose operation takes effect now.
pub(super) struct Turn {
    world: Arc<World>,
    pub(super) thread: usize,
}

impl Turn {
    pub(super) fn new(world: Arc<World>, thread: usize) -> Self {
        Self { world, thread }
    }

    /// Changes what is known of the object.
    pub(super) fn change<R>(&self, object: Object, f: impl FnOnce(&mut ObjectState) -> R) -> R {
        let mut state = self.world.lock();
        match object.0.and_then(|id| state.objects.get_mut(&id)) {
            Some(object) => f(object),
            None => f(&mut ObjectState::default()),
        }
    }

    /// Notifies these threads, and returns that in words.
    pub(super) fn notify(&self, threads: &[usize]) -> String {
        let mut state = self.world.lock();
        threads.iter().for_each(|&thread| state.threads[thread].notified = true);
        let search = state.search_mut();
        let names: Vec<&str> = threads.iter().map(|&at| search.threads[at].as_str()).collect();
        match names.is_empty() {
            true => "nobody waits".to_owned(),
            false => format!("wakes {}", names.join(" and ")),
        }
    }

    /// Takes back a notification that has had its effect.
    pub(super) fn forget_notification(&self) {
        self.world.lock().threads[self.thread].notified = false;
    }

    /// The value that an object has had from the beginning.
    pub(super) fn began_with(&self, object: Object, value: &str) {
        if let Some(id) = object.0 {
            self.world.lock().search_mut().began_with(id, value);
        }
    }

    /// Says what the step saw and left.
    pub(super) fn done(self, fill: impl FnOnce(&mut Step)) {
        let mut state = self.world.lock();
        let state = &mut *state;
        let Some(recorded) = &mut state.step else { return };
        fill(&mut recorded.step);
        let step = &recorded.step;
        let thread = &mut state.threads[self.thread];
        let mut hasher = DefaultHasher::new();
        (thread.history, step.operation as u8, step.line, recorded.objects()).hash(&mut hasher);
        (&step.sees, &step.leaves, &step.text).hash(&mut hasher);
        thread.history = hasher.finish();
    }
}
