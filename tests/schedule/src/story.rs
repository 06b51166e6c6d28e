//! The shortest sequence of calls and events that breaks an answer.

use serde::{Deserialize, Serialize};

/// What happened, event by event, until the contract was broken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// What it begins with: `a pool with 1 worker`.
    pub setting: String,
    /// The events, in order.
    pub events: Vec<Event>,
    /// The seed of the sequence that failed first. With it, the sequence can be run again.
    pub seed: u64,
}

/// One call or event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What is done: `job 0 panics`.
    pub done: String,
    /// What has changed when all is at rest again: `job 1 starts`.
    pub seen: Vec<String>,
}

impl Story {
    /// Adds an event.
    pub fn tell(&mut self, done: impl Into<String>) {
        self.events.push(Event { done: done.into(), seen: Vec::new() });
    }

    /// Adds what the last event has changed.
    pub fn saw(&mut self, seen: impl Into<String>) {
        if let Some(event) = self.events.last_mut() {
            event.seen.push(seen.into());
        }
    }
}
