//! An interleaving that a check has recorded, as a graph: one way, with nothing to choose.

use schedule::graph::{
    Done, Edge, Graph, Node, Object, ObjectState, Outcome, Simplest, Status, Thread, ThreadState,
};
use schedule::{Found, Operation, Schedule, Step, Switch, draw};

/// The graph of a schedule; `text` is the answer that it was recorded with.
pub fn graph(schedule: &Schedule, text: &str) -> Graph {
    let steps = &schedule.steps;
    let shown = |step: &Step| Done {
        words: draw::words(&schedule.threads, step),
        line: step.line,
        objects: Vec::new(),
    };
    let mut objects = Objects::default();
    let states: Vec<Vec<Option<usize>>> = std::iter::once(None)
        .chain(steps.iter().map(Some))
        .map(|step| objects.after(step))
        .collect();
    let count = objects.0.len();
    let threads = (0..schedule.threads.len()).map(|thread| Thread {
        name: schedule.threads[thread].clone(),
        states: (0..=steps.len()).map(|at| stand(schedule, thread, at)).collect(),
    });
    let nodes = (0..=steps.len()).map(|at| Node {
        threads: vec![at; schedule.threads.len()],
        objects: (0..count).map(|object| states[at].get(object).copied().flatten()).collect(),
        edges: (at < steps.len())
            .then(|| Edge { thread: steps[at].thread, step: at, to: at + 1 })
            .into_iter()
            .collect(),
        outcome: (at == steps.len()).then(|| outcome(schedule)),
    });
    let preemptions = steps.iter().filter(|step| step.switch == Some(Switch::Preempted)).count();
    Graph {
        scenario: schedule.scenario.clone(),
        file: schedule.source.file.clone(),
        source: text.lines().map(str::to_owned).collect(),
        interleavings: None,
        failing: None,
        cut: true,
        left_out: Some(which(schedule.found)),
        simplest: Some(Simplest {
            preemptions,
            choices: steps.iter().map(|step| step.thread).collect(),
        }),
        threads: threads.collect(),
        objects: objects.0.into_iter().map(|(object, _)| object).collect(),
        steps: steps.iter().map(shown).collect(),
        nodes: nodes.collect(),
    }
}

fn which(found: Found) -> String {
    match found {
        Found::Counted { interleaving, .. } => {
            format!("Interleaving {interleaving}, as the check recorded it.")
        }
        Found::Seeded { seed } => format!("The schedule of seed {seed}, as the check recorded it."),
    }
}

fn outcome(schedule: &Schedule) -> Outcome {
    let message = schedule.outcome.clone();
    if message.is_empty() {
        return Outcome::Passed;
    }
    match schedule.steps.last() {
        Some(Step { thread, operation: Operation::Panic, .. }) => {
            Outcome::Failed { message, thread: *thread }
        }
        _ => Outcome::Deadlock { message },
    }
}

/// Where a thread is after the first `at` steps.
fn stand(schedule: &Schedule, thread: usize, at: usize) -> ThreadState {
    let steps = &schedule.steps;
    let last = steps[..at].iter().rposition(|step| step.thread == thread);
    let next = steps[at..].iter().position(|step| step.thread == thread).map(|next| at + next);
    let state = |status, words: String, line| ThreadState { status, words, line, objects: vec![] };
    let line = next.and_then(|next| steps[next].line);
    if next == Some(at) {
        return state(Status::Ready, draw::words(&schedule.threads, &steps[at]), line);
    }
    let Some(last) = last else {
        return state(Status::Unborn, "has not begun".to_owned(), None);
    };
    let (step, follows) = (&steps[last], steps.get(last + 1).and_then(|step| step.switch));
    match (step.operation, follows, next) {
        (Operation::Panic, ..) => state(Status::Panicked, "has panicked".to_owned(), step.line),
        (Operation::Sleep | Operation::Wait | Operation::Blocked | Operation::Join, ..) => {
            state(Status::Waiting, draw::words(&schedule.threads, step), step.line)
        }
        (Operation::Stuck, ..) => {
            state(Status::Waiting, step.text.clone().unwrap_or_default(), step.line)
        }
        (_, Some(Switch::Ended), None) => state(Status::Ended, "has ended".to_owned(), None),
        (_, Some(Switch::Preempted), _) => state(Status::Ready, "could go on".to_owned(), line),
        (_, _, Some(_)) => state(Status::Waiting, "goes on later".to_owned(), line),
        (_, _, None) => state(Status::Ended, "makes no more steps".to_owned(), None),
    }
}

/// The objects that the steps are about, and what is known of each now.
#[derive(Default)]
struct Objects(Vec<(Object, ObjectState)>);

impl Objects {
    /// Their states after a step, as indices into their tables; `None` for one that nothing is known
    /// of.
    fn after(&mut self, step: Option<&Step>) -> Vec<Option<usize>> {
        if let Some((step, name)) = step.and_then(|step| Some((step, step.object.as_ref()?))) {
            self.change(step, name);
        }
        self.0
            .iter_mut()
            .map(|(object, state)| {
                let known = object.states.iter().position(|other| other == state);
                Some(known.unwrap_or_else(|| {
                    object.states.push(state.clone());
                    object.states.len() - 1
                }))
            })
            .collect()
    }

    fn change(&mut self, step: &Step, name: &str) {
        let kind = match step.operation {
            Operation::Lock
            | Operation::TryLock
            | Operation::TryLockFails
            | Operation::Unlock
            | Operation::Blocked => "lock",
            Operation::Wait | Operation::NotifyOne | Operation::NotifyAll => "condition variable",
            Operation::Channel => "channel",
            Operation::Load | Operation::Store | Operation::Update | Operation::UpdateFails => {
                "atomic"
            }
            _ => return,
        };
        let at = self.0.iter().position(|(object, _)| object.name == name);
        let at = at.unwrap_or_else(|| {
            let object = Object { name: name.to_owned(), kind: kind.to_owned(), states: vec![] };
            self.0.push((object, ObjectState::default()));
            self.0.len() - 1
        });
        let state = &mut self.0[at].1;
        state.waiting.retain(|thread| *thread != step.thread);
        match step.operation {
            Operation::Lock | Operation::TryLock => state.holders.push(step.thread),
            Operation::Unlock => state.holders.retain(|thread| *thread != step.thread),
            Operation::Blocked | Operation::Wait => state.waiting.push(step.thread),
            Operation::NotifyAll => state.waiting.clear(),
            _ => {}
        }
        // An old value is not what the atomic has now.
        if let Some(seen) = step.sees.as_ref().filter(|_| !step.stale) {
            state.value = Some(seen.clone());
        }
        if let Some(left) = &step.leaves {
            state.value = Some(merged(state.value.as_deref().unwrap_or_default(), left));
        }
    }
}

/// A value after some of its fields have changed: `free 0, queue empty` and `free 1`.
fn merged(value: &str, changes: &str) -> String {
    let fields = |text: &str| -> Option<Vec<(String, String)>> {
        let field = |part: &str| {
            let (name, value) = part.split_once(' ')?;
            let is_name = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
            is_name.then(|| (name.to_owned(), value.to_owned()))
        };
        text.split(", ").map(field).collect()
    };
    let (Some(mut all), Some(changed)) = (fields(value), fields(changes)) else {
        return changes.to_owned();
    };
    for (name, value) in changed {
        match all.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => return changes.to_owned(),
        }
    }
    let all: Vec<String> = all.iter().map(|(name, value)| format!("{name} {value}")).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn a_change_is_of_a_field_or_of_the_whole_value() {
        assert_eq!(merged("free 0, queue empty", "queue 1 entry"), "free 0, queue 1 entry");
        assert_eq!(merged("1", "0"), "0");
        assert_eq!(merged("", "free 1"), "free 1");
    }
}
