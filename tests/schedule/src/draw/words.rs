//! Steps in words.

use unicode_width::UnicodeWidthStr;

use crate::{Operation, Step, Switch};

/// What a thread does in a step: `locks state, sees free 1`. A step that has no values, because it
/// is still to come, is put the same way without them: `locks state`.
pub fn step(threads: &[String], step: &Step) -> String {
    let object = step.object.as_deref().unwrap_or("it");
    let text = step.text.as_deref().unwrap_or_default();
    let sees = step.sees.as_deref();
    let leaves = step.leaves.as_deref();
    let other = |fallback: &str| match step.other {
        Some(other) if other == step.thread => "itself".to_owned(),
        Some(other) => name(threads, other).to_owned(),
        None => fallback.to_owned(),
    };
    match step.operation {
        Operation::Note => text.to_owned(),
        Operation::Lock => with("sees", format!("locks {object}"), sees),
        Operation::TryLock => with("sees", format!("try-locks {object}"), sees),
        Operation::TryLockFails => format!("try-locks {object}: taken"),
        Operation::Unlock => with("leaves", format!("unlocks {object}"), leaves),
        Operation::Wait => format!("waits on {object}"),
        Operation::NotifyOne => format!("notifies one on {object}"),
        Operation::NotifyAll => format!("notifies all on {object}"),
        Operation::Load if step.stale => {
            format!("loads {object} ➜ {}, an old value", sees.unwrap_or("?"))
        }
        Operation::Load => match sees {
            Some(sees) => format!("loads {object} ➜ {sees}"),
            None => format!("loads {object}"),
        },
        Operation::Store => format!("stores {} in {object}", leaves.unwrap_or("?")),
        Operation::Update => match sees {
            Some(sees) => format!("{object}.{text}: {sees} ➜ {}", leaves.unwrap_or("?")),
            None => format!("{object}.{text}"),
        },
        Operation::UpdateFails => {
            format!("{object}.{text} fails: sees {}", sees.unwrap_or("?"))
        }
        Operation::Fence => format!("fence {text}"),
        Operation::Channel => match leaves {
            Some(leaves) => format!("{object}: {text} ({leaves})"),
            None => format!("{object}: {text}"),
        },
        Operation::Sleep => "sleeps until it is woken".to_owned(),
        Operation::Wake => format!("wakes {}", other("a task")),
        Operation::Join => "waits for the others to end".to_owned(),
        Operation::Blocked if step.other == Some(step.thread) => {
            format!("waits for {object}, which it has itself")
        }
        Operation::Blocked => format!("waits for {object}, which {} has", other("another")),
        Operation::Panic => "✗ fails here".to_owned(),
        Operation::Event => text.to_owned(),
        Operation::Stuck => format!("✗ {text}"),
    }
}

/// Why the thread that ran before this step stopped, if its own last step does not show that.
pub fn switch(step: &Step) -> Option<&'static str> {
    match step.switch? {
        Switch::Preempted => Some("preempted"),
        Switch::Ended => Some("ends"),
        Switch::Blocked => None,
    }
}

pub(super) fn name(threads: &[String], thread: usize) -> &str {
    threads.get(thread).map_or("?", String::as_str)
}

fn with(verb: &str, text: String, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{text}, {verb} {value}"),
        None => text,
    }
}

/// The lines of a text, the second and later ones indented.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width).subsequent_indent("  ");
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// Cuts off a text that is too long, and shows that with an ellipsis.
pub(super) fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut clipped = String::new();
    for c in text.chars() {
        if clipped.width() + 1 >= width {
            break;
        }
        clipped.push(c);
    }
    clipped + "…"
}
