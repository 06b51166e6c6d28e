//! What the contract says of a cache: values in the order of their uses, and tasks that ask for one.

use crate::checks::key::Key;

/// A value, by its number.
pub type Number = u32;

/// A step that was observed.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    PollBegins(usize),
    /// A task calls its closure.
    Called(usize),
    /// A computation has ended, or the closure panicked.
    Ended(usize, Outcome),
    /// A call of `insert` begins, and ends with the value that it replaces.
    Inserts(Key, Number),
    Replaced(Option<Number>),
    /// What a poll has come to.
    Polled(usize, Option<Outcome>),
}

/// How a computation or a call has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Value(Number),
    Error,
    Panic,
}

#[derive(Debug)]
pub struct Model {
    capacity: usize,
    /// The values that are there, the least recently used first.
    entries: Vec<(Key, Number)>,
    tasks: Vec<Task>,
    /// What the calls of `insert` that have begun have to return.
    replaced: Vec<Option<Number>>,
}

#[derive(Debug)]
struct Task {
    key: Key,
    state: State,
    due: Due,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    New,
    Waiting {
        /// The value that came for it.
        arrived: Option<Number>,
        /// A computation has come to nothing since its last poll: it may be awake to take over.
        may_take_over: bool,
    },
    Computing {
        /// No `insert` has come since it began.
        is_newest: bool,
    },
    Ended(Outcome),
    Over,
}

/// What a poll that has begun may do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    Return(Number),
    Wait,
    MayCompute,
    MustCompute,
    /// It goes on with its computation.
    GoOn,
}

impl Model {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: Vec::new(), tasks: Vec::new(), replaced: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn has(&self, value: Number) -> bool {
        self.entries.iter().any(|(_, there)| *there == value)
    }

    pub fn least_recently_used(&self) -> Option<Key> {
        self.entries.first().map(|(key, _)| *key)
    }

    /// Looks up a value, which is a use of it.
    pub fn get(&mut self, key: Key) -> Option<Number> {
        let at = self.entries.iter().position(|(of, _)| *of == key)?;
        let entry = self.entries.remove(at);
        self.entries.push(entry);
        Some(entry.1)
    }

    /// A new task asks for a value; it is not polled yet.
    pub fn ask(&mut self, key: Key) {
        self.tasks.push(Task { key, state: State::New, due: Due::Wait });
    }

    pub fn is_over(&self, task: usize) -> bool {
        self.tasks[task].state == State::Over
    }

    pub fn is_computing(&self, task: usize) -> bool {
        matches!(self.tasks[task].state, State::Computing { .. })
    }

    /// A task whose value came while it may have been awake to take over. Whether it is given the
    /// value or looks it up is open, and makes no difference if it is polled now.
    pub fn unsettled(&self) -> Option<usize> {
        let unsettled = |task: &Task| {
            matches!(task.state, State::Waiting { arrived: Some(_), may_take_over: true })
        };
        self.tasks.iter().position(unsettled)
    }

    pub fn drop_task(&mut self, task: usize) {
        let Task { key, state, .. } = self.tasks[task];
        self.tasks[task].state = State::Over;
        if state == (State::Computing { is_newest: true }) {
            self.fail(key);
        }
    }

    pub fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::PollBegins(task) => self.begin_poll(task),
            Step::Called(task) => return self.called(task),
            Step::Ended(task, outcome) => self.ended(task, outcome),
            Step::Inserts(key, value) => {
                self.replaced.push(self.value(key));
                self.store(key, value, self.computes(key).is_some());
                for task in &mut self.tasks {
                    if task.key == key
                        && let State::Computing { is_newest } = &mut task.state
                    {
                        *is_newest = false;
                    }
                }
            }
            Step::Replaced(seen) => {
                let expected = self.replaced.pop().expect("an `insert` has begun");
                if seen != expected {
                    let words = |value: Option<Number>| match value {
                        Some(value) => format!("the value {value}"),
                        None => "None".to_owned(),
                    };
                    return Err(format!(
                        "`insert` should return {}, but it returns {}",
                        words(expected),
                        words(seen)
                    ));
                }
            }
            Step::Polled(task, outcome) => return self.polled(task, outcome),
        }
        Ok(())
    }

    /// Whether all are awake who should be. `woken` says who was woken since its last poll.
    pub fn see_that_they_are_awake(&self, woken: impl Fn(usize) -> bool) -> Result<(), String> {
        for (number, Task { key, state, .. }) in self.tasks.iter().enumerate() {
            let State::Waiting { arrived, .. } = state else { continue };
            if let Some(value) = arrived
                && !woken(number)
            {
                return Err(format!(
                    "the value {value} has come for task {number}, but it is not woken"
                ));
            }
            let someone_is_awake = || self.waiting(*key).any(&woken);
            if arrived.is_none() && self.computes(*key).is_none() && !someone_is_awake() {
                return Err(format!(
                    "nobody computes {key}, and of those who wait for it nobody is woken"
                ));
            }
        }
        Ok(())
    }

    fn value(&self, key: Key) -> Option<Number> {
        self.entries.iter().find(|(of, _)| *of == key).map(|(_, value)| *value)
    }

    /// The task that computes the value of a key, if no `insert` has overtaken it.
    fn computes(&self, key: Key) -> Option<usize> {
        let newest = State::Computing { is_newest: true };
        self.tasks.iter().position(|task| task.key == key && task.state == newest)
    }

    /// Those who wait for a key and have no value yet.
    fn waiting(&self, key: Key) -> impl Iterator<Item = usize> {
        let waits = move |task: &Task| {
            task.key == key && matches!(task.state, State::Waiting { arrived: None, .. })
        };
        (0..self.tasks.len()).filter(move |&task| waits(&self.tasks[task]))
    }

    /// A value comes: it is there, and those who wait get it. If nobody computed it, any of them may
    /// be awake to take over.
    fn store(&mut self, key: Key, value: Number, is_computed: bool) {
        self.entries.retain(|(of, _)| *of != key);
        self.entries.push((key, value));
        if self.entries.len() > self.capacity {
            self.entries.remove(0);
        }
        for task in &mut self.tasks {
            if task.key == key
                && let State::Waiting { arrived, may_take_over } = &mut task.state
            {
                *may_take_over |= arrived.is_none() && !is_computed;
                arrived.get_or_insert(value);
            }
        }
    }

    /// A computation has come to nothing: those who wait may take over.
    fn fail(&mut self, key: Key) {
        for task in &mut self.tasks {
            if task.key == key
                && let State::Waiting { arrived: None, may_take_over } = &mut task.state
            {
                *may_take_over = true;
            }
        }
    }

    fn begin_poll(&mut self, task: usize) {
        let Task { key, state, .. } = self.tasks[task];
        let waits = State::Waiting { arrived: None, may_take_over: false };
        let someone_computes = self.computes(key).is_some();
        let (state, due) = match state {
            State::New => {
                let others_wait = self.waiting(key).next().is_some();
                match self.get(key) {
                    Some(value) => (State::New, Due::Return(value)),
                    None if someone_computes => (waits, Due::Wait),
                    None if others_wait => (waits, Due::MayCompute),
                    None => (waits, Due::MustCompute),
                }
            }
            State::Waiting { arrived: Some(value), .. } => (state, Due::Return(value)),
            State::Waiting { arrived: None, .. } if someone_computes => (waits, Due::Wait),
            State::Waiting { arrived: None, .. } => (waits, Due::MayCompute),
            State::Computing { .. } | State::Ended(_) | State::Over => (state, Due::GoOn),
        };
        (self.tasks[task].state, self.tasks[task].due) = (state, due);
    }

    fn called(&mut self, task: usize) -> Result<(), String> {
        let Task { key, due, .. } = self.tasks[task];
        match due {
            Due::MayCompute | Due::MustCompute => {}
            Due::Return(value) => {
                return Err(format!(
                    "task {task} computes {key}, but the value {value} is there for it"
                ));
            }
            Due::Wait => {
                return Err(format!("task {task} computes {key} while another task computes it"));
            }
            Due::GoOn => return Err(format!("task {task} computes {key} twice")),
        }
        self.tasks[task].due = Due::GoOn;
        self.tasks[task].state = State::Computing { is_newest: true };
        Ok(())
    }

    fn ended(&mut self, task: usize, outcome: Outcome) {
        let Task { key, state, .. } = self.tasks[task];
        self.tasks[task].state = State::Ended(outcome);
        if state == (State::Computing { is_newest: true }) {
            match outcome {
                Outcome::Value(value) => self.store(key, value, true),
                Outcome::Error | Outcome::Panic => self.fail(key),
            }
        }
    }

    fn polled(&mut self, task: usize, outcome: Option<Outcome>) -> Result<(), String> {
        let Task { key, state, due } = self.tasks[task];
        let expected = match (state, due) {
            (State::Ended(outcome), _) => Some(outcome),
            (_, Due::Return(value)) => Some(Outcome::Value(value)),
            (_, Due::MustCompute) if outcome.is_none() => {
                return Err(format!(
                    "nobody computes {key} or waits for it, but task {task} does not compute it"
                ));
            }
            _ => None,
        };
        if outcome != expected {
            let words = |outcome| match outcome {
                Some(Outcome::Value(value)) => format!("return the value {value}"),
                Some(Outcome::Error) => "return its error".to_owned(),
                Some(Outcome::Panic) => "panic".to_owned(),
                None => "be pending".to_owned(),
            };
            let seen = match outcome {
                Some(Outcome::Value(value)) => format!("it returns the value {value}"),
                Some(Outcome::Error) => "it returns an error".to_owned(),
                Some(Outcome::Panic) => "it panics".to_owned(),
                None => "it is pending".to_owned(),
            };
            return Err(format!("task {task} should {}, but {seen}", words(expected)));
        }
        if outcome.is_some() {
            self.tasks[task].state = State::Over;
        }
        Ok(())
    }
}
