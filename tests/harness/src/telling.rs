//! The story of the sequence that runs now.

use std::sync::{Arc, Mutex, MutexGuard};

use schedule::{Event, Outcome, Shortening, Story};

/// A story has at most this many events; of a longer one, the middle is left out. Code that runs
/// without an end would otherwise fill the memory.
const MAX_EVENTS: usize = 60;

/// Tells the story of a sequence while it runs: if the sequence never ends, what was told until then
/// is shown.
#[derive(Clone, Debug)]
pub struct Telling(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    story: Story,
    /// Whether the last event may still go on.
    goes_on: bool,
}

impl Telling {
    /// The next event, which begins.
    pub fn tell(&self, done: impl Into<String>) {
        self.add(done.into(), Vec::new(), true);
    }

    /// An event that is over, and what it has changed.
    pub fn told(&self, done: impl Into<String>, seen: impl Into<String>) {
        self.add(done.into(), vec![seen.into()], false);
    }

    /// What the last event has changed, when all is at rest again.
    pub fn saw(&self, seen: impl Into<String>) {
        self.lock().story.saw(seen);
    }

    /// What the sequence begins with.
    pub fn setting(&self, text: impl Into<String>) {
        self.lock().story.setting = text.into();
    }

    fn add(&self, done: String, seen: Vec<String>, goes_on: bool) {
        let mut told = self.lock();
        told.goes_on = goes_on;
        let events = &mut told.story.events;
        events.push(Event { done, seen });
        if events.len() > MAX_EVENTS {
            let middle = MAX_EVENTS / 2;
            events[middle] = Event { done: "…".to_owned(), seen: Vec::new() };
            events.remove(middle + 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().expect("no code that can panic runs under this lock")
    }
}

/// A sequence that runs.
struct Running {
    telling: Telling,
    seed: u64,
    shortening: Option<Shortening>,
}

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

/// A sequence begins. If it hangs, another process may make it shorter from `shortening` on.
pub(crate) fn begin(seed: u64, shortening: Option<Shortening>) -> Telling {
    let telling = Telling(Arc::default());
    *running() = Some(Running { telling: telling.clone(), seed, shortening });
    telling
}

/// The sequence has ended. Returns its story.
pub(crate) fn end() -> Option<Story> {
    let Running { telling, seed, .. } = running().take()?;
    let story = std::mem::take(&mut telling.lock().story);
    Some(Story { seed, ..story })
}

/// The outcome of a check that does not end, with the story so far if a sequence runs.
pub(crate) fn hangs(outcome: Outcome) -> Outcome {
    let Some(Running { telling, seed, shortening }) = running().take() else { return outcome };
    if telling.lock().goes_on {
        telling.saw("this does not end");
    } else {
        telling.told("then", "the call does not return");
    }
    let story = std::mem::take(&mut telling.lock().story);
    Outcome { story: Some(Story { seed, ..story }), shortening, ..outcome }
}

fn running() -> MutexGuard<'static, Option<Running>> {
    RUNNING.lock().expect("no code that can panic runs under this lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tell: impl FnOnce(&Telling)) -> Vec<(String, String)> {
        let telling = Telling(Arc::default());
        tell(&telling);
        let story = &telling.lock().story;
        story.events.iter().map(|event| (event.done.clone(), event.seen.join(", "))).collect()
    }

    #[test]
    fn the_middle_of_a_long_story_is_left_out() {
        let story = told(|telling| {
            for n in 0..10_000 {
                telling.tell(format!("attempt {n}"));
                telling.saw("fails");
            }
        });
        assert_eq!(story.len(), MAX_EVENTS);
        let fails = |attempt: &str| (attempt.to_owned(), "fails".to_owned());
        assert_eq!([&story[0], &story[29]], [&fails("attempt 0"), &fails("attempt 29")]);
        assert_eq!(story[30].0, "…");
        assert_eq!([&story[31], &story[59]], [&fails("attempt 9971"), &fails("attempt 9999")]);
    }
}
