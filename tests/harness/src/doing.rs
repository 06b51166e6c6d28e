//! What a check is doing, for the message of one that does not end.

use std::sync::Mutex;

/// The descriptions in force, the latest last. Tasks and threads start and finish in any order,
/// so each has a number to be removed by.
static IN_FORCE: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());

/// Keeps a description in force until it is dropped.
#[derive(Debug)]
#[must_use = "the description is in force only until this is dropped: `let _doing = doing(…)`"]
pub struct Doing(u64);

/// Describes what the check does from here to the end of the scope: "dropping a permit". If the
/// check does not end, its message says "…, while dropping a permit". The latest description that
/// is still in force is the one shown.
pub fn doing(what: impl Into<String>) -> Doing {
    let mut in_force = in_force();
    let number = in_force.last().map_or(0, |(last, _)| last + 1);
    in_force.push((number, what.into()));
    Doing(number)
}

impl Drop for Doing {
    fn drop(&mut self) {
        in_force().retain(|(number, _)| *number != self.0);
    }
}

/// The end of a message: ", while …", or nothing.
pub(crate) fn current() -> String {
    in_force().last().map(|(_, what)| format!(", while {what}")).unwrap_or_default()
}

fn in_force() -> std::sync::MutexGuard<'static, Vec<(u64, String)>> {
    IN_FORCE.lock().expect("no code that can panic runs under this lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_in_force_until_its_guard_is_dropped() {
        assert_eq!(current(), "");
        let outer = doing("reading results");
        {
            let _inner = doing("dropping a permit");
            assert_eq!(current(), ", while dropping a permit");
        }
        assert_eq!(current(), ", while reading results");
        // Not in the order of a stack: two tasks.
        let other = doing("waiting for room");
        drop(outer);
        assert_eq!(current(), ", while waiting for room");
        drop(other);
        assert_eq!(current(), "");
    }
}
