//! The hints for a check that fails: those for the cause of the failure, if it has one that is
//! more general than the check, or else the check's own.

use schedule::Cause;

use crate::exercise::Check;

/// What to know about a cause.
struct Entry {
    /// The cause in a few words.
    headline: &'static str,
    /// Each says more than the one before it.
    hints: &'static [&'static str],
}

/// A cause in a few words.
pub fn headline(cause: Cause) -> &'static str {
    entry(cause).headline
}

/// What the hints are about: the cause of the failure, or what the check expects.
pub fn title(check: &Check, cause: Option<Cause>) -> &str {
    match cause {
        Some(cause) if cause != Cause::NotWritten => headline(cause),
        _ => &check.title,
    }
}

/// What opened hints are remembered by: the hints for one cause are the same for every check.
pub fn topic(check: &Check, cause: Option<Cause>) -> String {
    match cause {
        Some(cause) if cause != Cause::NotWritten => format!("cause: {}", headline(cause)),
        _ => check.name.clone(),
    }
}

/// The hints for a check that failed for this cause, or, without a cause, by its own assertion.
pub fn of(check: &Check, cause: Option<Cause>) -> Vec<&str> {
    let of_cause = cause.map_or(&[][..], |cause| entry(cause).hints);
    let own = check.hints.iter().map(String::as_str);
    match cause {
        None => own.collect(),
        // The check's hints help to write what is missing.
        Some(Cause::NotWritten) => of_cause.iter().copied().chain(own).collect(),
        Some(_) => of_cause.to_vec(),
    }
}

fn entry(cause: Cause) -> Entry {
    match cause {
        Cause::NotWritten => Entry {
            headline: "a part of the answer is not written yet",
            hints: &["The check called a function that still has its `todo!()`, at the line that \
                      the message names. The comment above the function says what it must do."],
        },
        Cause::Panicked => Entry {
            headline: "the code panicked",
            hints: &[
                "Go to the line that the message names. Which value did that line not expect?",
                "`unwrap`, `expect`, an index, and arithmetic that overflows all panic. Handle \
                 the other case, or use `checked_` or `saturating_` arithmetic.",
            ],
        },
        Cause::Stuck => Entry {
            headline: "the code blocks its thread",
            hints: &[
                "Which call in your code makes the whole thread wait? While a thread is blocked, \
                 no other task can run on it, not even the one that would end the wait.",
                "A `poll` or an `async fn` must not block: no `Condvar`, no blocking channel, no \
                 `thread::sleep`, no `block_on`. To wait, store the waker and return \
                 `Poll::Pending`, or await what tokio has: `tokio::sync::mpsc`, \
                 `tokio::time::sleep(..).await`. And a `Mutex` that a thread locks twice blocks \
                 it forever: look for a guard that is still alive when the code locks again.",
            ],
        },
        Cause::Endless => Entry {
            headline: "the code runs without an end",
            hints: &[
                "Which loop waits for something to change? While it runs, no other task can \
                 change anything.",
                "To wait, let the thread go: store the waker and return `Poll::Pending`, or await \
                 something that completes when the change has come. A task that wakes itself \
                 in each poll, and a loop around `yield_now`, never rest either.",
            ],
        },
        Cause::WaitsForever => Entry {
            headline: "a task waits forever",
            hints: &[
                "Which `.await` does not return, and who should have ended that wait?",
                "The usual reasons: a wake-up came between the look and the wait, so do both in \
                 one step; the waker that is stored is an old one; a clone of a `Sender` is \
                 still alive, so the channel never closes; a permit or a guard is held across \
                 the `.await`.",
            ],
        },
        Cause::Bypass => Entry {
            headline: "the code bypasses what the explorer can see",
            hints: &[
                "The message names the item and the line. The explored checks can only follow \
                 what comes from `crate::sync`, and tokio's types where the exercise allows them.",
                "Take `Mutex`, `Condvar` and atomics from `crate::sync`. For `std::thread::sleep` \
                 there is `tokio::time::sleep(..).await`, for `std::sync::mpsc` there is \
                 `tokio::sync::mpsc`, for `std::thread::spawn` there is `tokio::spawn`. In a \
                 `poll`, do not wait at all: return `Poll::Pending`.",
            ],
        },
        Cause::NotSend => Entry {
            headline: "something that must be `Send` is not",
            hints: &[
                "A task may move to another thread at each `.await`. Whatever the future keeps \
                 across one has to be `Send`: `just check` shows rustc's error with the value \
                 and its line.",
                "Drop a guard of a std lock before the `.await`, best by a block of its own. Use \
                 `Arc` for `Rc`, a lock or an atomic for `Cell` and `RefCell`, and \
                 `dyn Future + Send` for `dyn Future`.",
            ],
        },
        Cause::Crashed => Entry {
            headline: "the code ended the whole process",
            hints: &[
                "What in your code can end a process? `process::exit` and `abort` do, and so do a \
                 stack overflow and a panic during another panic.",
                "Look for a function that calls itself without an end, and for a `Drop` that can \
                 panic: `lock().unwrap()` does when the lock is poisoned.",
            ],
        },
        Cause::Prints => Entry {
            headline: "the code prints too much",
            hints: &[
                "Which `println!` or `dbg!` is in a loop?",
                "An explored check runs your code thousands of times: print only while you look \
                 for something, and run that one check by its name.",
            ],
        },
        Cause::Limit => Entry {
            headline: "the code uses too much of the machine",
            hints: &[
                "The message names the limit. Which collection in your code grows without an end, \
                 and which loop starts threads or tasks without an end?",
                "A right answer needs a few MiB and a few threads. Look for a loop that pushes \
                 and never takes, and for a size that is computed from `usize::MAX`.",
            ],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::Kind;

    fn check() -> Check {
        Check {
            name: "a_check".to_owned(),
            title: "a check".to_owned(),
            kind: Kind::Behaviour,
            points: 1,
            long: false,
            draws: Vec::new(),
            guide: "page#anchor".to_owned(),
            hints: ["first".to_owned(), "second".to_owned()],
        }
    }

    #[test]
    fn a_failed_assertion_has_the_hints_of_the_check() {
        assert_eq!(of(&check(), None), ["first", "second"]);
    }

    #[test]
    fn a_cause_has_hints_of_its_own() {
        let check = check();
        let hints = of(&check, Some(Cause::Stuck));
        assert!(hints.len() == 2 && hints[1].contains("must not block"), "{hints:?}");
        assert_eq!(of(&check, Some(Cause::NotWritten))[1..], ["first", "second"]);
    }
}
