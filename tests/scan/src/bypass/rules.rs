//! What is said of a path or a method that leads past `crate::sync` and tokio.

use super::Allowed;

/// What to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What the line does: "calls `std::thread::sleep`".
    pub what: String,
    /// Why that is a mistake, and what to write instead.
    pub instead: String,
    /// What it does to a check.
    pub effect: Effect,
    /// Whether the explorer cannot see it.
    pub unseen: bool,
}

/// What it does to a check, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It can block a thread.
    Blocks,
    /// It reads a clock that tokio does not control.
    RealTime,
    /// It does what the one from `crate::sync` does.
    Same,
}

const POLL_BLOCKS: &str = "a poll must not block its thread";
const NO_BLOCKING_TASKS: &str =
    "its closure cannot be cancelled and holds a thread, use `tokio::spawn` with an async block";
const PENDING: &str = "store the waker and return `Poll::Pending`";

/// What is said of a method, by its name.
pub(super) fn of_method(name: &str, allowed: Allowed) -> Option<Rule> {
    let calls = format!("calls `{name}`");
    let (what, instead) = match name {
        "wait" | "wait_while" | "wait_timeout" | "wait_timeout_while" => {
            let advice = match allowed {
                Allowed::Std => PENDING,
                Allowed::Tokio | Allowed::TokioOutsideOfTypes => {
                    "await a `tokio::sync::Notify` or a channel"
                }
            };
            ("waits on a `Condvar`".to_owned(), format!("{POLL_BLOCKS}, {advice}"))
        }
        "block_on" => (calls, format!("{POLL_BLOCKS}, `.await` the future instead")),
        "blocking_recv" | "blocking_send" | "blocking_lock" | "blocking_read"
        | "blocking_write" | "blocking_recv_many" => {
            let twin = &name["blocking_".len()..];
            (calls, format!("{POLL_BLOCKS}, call `{twin}` and `.await` it"))
        }
        "spawn_blocking" => (calls, NO_BLOCKING_TASKS.to_owned()),
        _ => return None,
    };
    Some(Rule { what, instead, effect: Effect::Blocks, unseen: false })
}

/// What is said of a path in the fields of a type, where the explorer runs the type's methods.
pub(super) fn of_field(path: &[&str], allowed: Allowed) -> Option<(String, Rule)> {
    let [root @ ("tokio" | "std"), "sync", name, ..] = path else { return None };
    let unseen = match *root {
        "tokio" => allowed == Allowed::TokioOutsideOfTypes,
        _ => allowed != Allowed::Tokio && matches!(*name, "Once" | "OnceLock" | "LazyLock"),
    };
    unseen.then(|| {
        let used = format!("{root}::sync::{name}");
        let instead = match *name {
            "Mutex" | "RwLock" => format!("use `crate::sync::{name}`"),
            _ => "build the type on a `Mutex` or atomics from `crate::sync`".to_owned(),
        };
        let what = format!("has a field with `{used}`");
        (format!("field {used}"), Rule { what, instead, effect: Effect::Same, unseen: true })
    })
}

/// What is said of a full path, and the part of the path that it is about.
pub(super) fn of_path(path: &[&str], allowed: Allowed) -> Option<(String, Rule)> {
    let tokio = allowed != Allowed::Std;
    let instead = |with_tokio: &str, without: &str| match tokio {
        true => format!("use `{with_tokio}`"),
        false => without.to_owned(),
    };
    let blocks = |advice: String| format!("{POLL_BLOCKS}, {advice}");
    let (length, verb, instead, effect, unseen) = match path {
        ["std" | "core", "sync", "atomic", "Ordering", ..] => return None,
        ["std" | "core", "sync", "atomic", name, ..] => {
            (4, "uses", format!("use `crate::sync::atomic::{name}`"), Effect::Same, true)
        }
        ["std" | "core", "sync", "*"] => {
            let advice = "import each name, from `crate::sync` what is there".to_owned();
            (3, "imports", advice, Effect::Same, true)
        }
        [
            "std",
            "sync",
            name @ ("Mutex" | "MutexGuard" | "RwLock" | "RwLockReadGuard" | "RwLockWriteGuard"
            | "Condvar"),
            ..,
        ] => (3, "uses", format!("use `crate::sync::{name}`"), Effect::Same, true),
        ["std", "sync", "Barrier", ..] => {
            (3, "uses", blocks(instead("tokio::sync::Barrier", PENDING)), Effect::Blocks, true)
        }
        ["std", "sync", "mpsc", ..] => {
            let without = "use `crate::sync::mpsc`";
            (3, "uses", blocks(instead("tokio::sync::mpsc", without)), Effect::Blocks, true)
        }
        ["std", "thread", "sleep", ..] => {
            let advice = blocks(instead("tokio::time::sleep(..).await", PENDING));
            (3, "calls", advice, Effect::Blocks, true)
        }
        ["std", "thread", "park" | "park_timeout", ..] => {
            (3, "calls", blocks(PENDING.to_owned()), Effect::Blocks, true)
        }
        ["std", "thread", "yield_now", ..] => {
            let advice = instead("tokio::task::yield_now().await", PENDING);
            (3, "calls", advice, Effect::Same, true)
        }
        ["std", "thread", "spawn" | "scope" | "Builder", ..] => {
            let without = "leave threads to the caller";
            (3, "uses", instead("tokio::spawn", without), Effect::Same, true)
        }
        ["std", "thread", "current" | "*", ..] => {
            let advice = "a task may run on any thread".to_owned();
            (3, "uses", advice, Effect::Same, true)
        }
        ["std", "time", "Instant" | "SystemTime", ..] if tokio => {
            let advice = "it does not follow the clock of tokio, use `tokio::time::Instant`";
            (3, "uses", advice.to_owned(), Effect::RealTime, false)
        }
        ["tokio", "task", "spawn_blocking" | "block_in_place", ..] if tokio => {
            (3, "calls", NO_BLOCKING_TASKS.to_owned(), Effect::Blocks, false)
        }
        ["futures", "executor", "block_on", ..] => {
            let advice = "`.await` the future instead".to_owned();
            (3, "calls", blocks(advice), Effect::Blocks, false)
        }
        ["futures", "lock", "Mutex", ..] => {
            (3, "uses", "use `tokio::sync::Mutex`".to_owned(), Effect::Same, true)
        }
        ["futures", "channel", name @ ("mpsc" | "oneshot"), ..] => {
            (3, "uses", format!("use `tokio::sync::{name}`"), Effect::Same, true)
        }
        ["tokio", "sync", "mpsc", ..] if !tokio => {
            (3, "uses", "use `crate::sync::mpsc`".to_owned(), Effect::Same, true)
        }
        ["tokio", ..] if !tokio && path.len() > 1 => {
            let advice = "build on `crate::sync` and `std::task`".to_owned();
            (path.len(), "uses", advice, Effect::Same, true)
        }
        _ => return None,
    };
    let used = path[..length.min(path.len())].join("::");
    let what = format!("{verb} `{used}`");
    Some((used, Rule { what, instead, effect, unseen }))
}
