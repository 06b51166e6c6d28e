//! Finds what an answer takes from elsewhere than `crate::sync` and tokio: what blocks a thread,
//! follows another clock, or cannot be seen by the explorer.

mod find;
mod rules;

pub use rules::{Effect, Rule};

/// What an answer may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// `std` and `crate::sync`.
    Std,
    /// The tokio crates, too. The explorer has its own, or does not run what uses them.
    Tokio,
    /// The tokio crates, too, but not in a type: the explorer runs its methods, and does not see
    /// into tokio.
    TokioOutsideOfTypes,
}

/// Something that an answer takes from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    /// Its line in the answer, from 1.
    pub line: usize,
    /// What to say of it.
    pub rule: Rule,
}

/// Everything that an answer takes from elsewhere than `crate::sync` and what it may use, the most
/// telling first.
pub fn bypasses(text: &str, allowed: Allowed) -> Vec<Bypass> {
    find::find(text, allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, allowed: Allowed) -> Vec<String> {
        bypasses(text, allowed)
            .iter()
            .map(|bypass| format!("{} {}", bypass.line, bypass.rule.what))
            .collect()
    }

    #[test]
    fn imports_and_paths_are_found_by_line() {
        let text = "use std::sync::{Arc, Mutex};\n\
                    struct A { n: std::sync::atomic::AtomicUsize, m: Mutex<u8> }\n\
                    fn f() { std::thread::spawn(|| ()); tokio::task::yield_now(); }";
        let expected = [
            "1 uses `std::sync::Mutex`",
            "2 uses `std::sync::atomic::AtomicUsize`",
            "3 uses `std::thread::spawn`",
            "3 uses `tokio::task::yield_now`",
        ];
        assert_eq!(found(text, Allowed::Std), expected);
    }

    #[test]
    fn names_are_resolved_by_the_imports() {
        let text = "use std::sync::Mutex as Lock;\nuse std::thread::{self, sleep};\n\
                    use std::sync;\nfn f() {\nsleep(d); thread::park();\nsync::mpsc::channel() }";
        let expected = [
            "5 calls `std::thread::park`",
            "5 calls `std::thread::sleep`",
            "6 uses `std::sync::mpsc`",
            "1 uses `std::sync::Mutex`",
        ];
        assert_eq!(found(text, Allowed::Tokio), expected);
        assert_eq!(found("use std::sync::*;", Allowed::Std), ["1 imports `std::sync::*`"]);
    }

    #[test]
    fn calls_inside_macros_are_found() {
        let text = "use std::thread;\nasync fn f() { select! {\n\
                    x = a => thread::sleep(d),\n_ = b.blocking_recv() => x } }";
        let expected = ["3 calls `std::thread::sleep`", "4 calls `blocking_recv`"];
        assert_eq!(found(text, Allowed::Tokio), expected);
    }

    #[test]
    fn what_the_explorer_does_not_need_to_see_is_left_alone() {
        let text = "use std::sync::{Arc, Weak, PoisonError, LockResult, atomic::Ordering};\n\
                    use crate::sync::{Mutex, atomic::AtomicUsize, mpsc};\n\
                    fn f() -> bool { std::thread::panicking() }";
        assert_eq!(found(text, Allowed::Std), [""; 0]);
        assert_eq!(found("use tokio::time::sleep;", Allowed::Tokio), [""; 0]);
    }

    #[test]
    fn channels_of_futures_are_not_seen() {
        let text = "use futures::channel::oneshot;\nuse futures::lock::Mutex;\n\
                    fn f() { oneshot::channel() }";
        let expected = ["2 uses `futures::lock::Mutex`", "3 uses `futures::channel::oneshot`"];
        assert_eq!(found(text, Allowed::Tokio), expected);
    }

    #[test]
    fn tokio_in_a_field_is_not_seen_where_the_type_is_explored() {
        let text = "use tokio::sync::{Semaphore, Notify};\n\
                    struct Budget { tokens: Semaphore }\nfn f() { Notify::new() }";
        let expected = ["1 has a field with `tokio::sync::Semaphore`"];
        assert_eq!(found(text, Allowed::TokioOutsideOfTypes), expected);
        assert_eq!(found(text, Allowed::Tokio), [""; 0]);
    }

    #[test]
    fn another_name_for_a_type_is_no_way_around() {
        let text = "type Tokens = tokio::sync::Semaphore;\nstruct Budget { tokens: Tokens }";
        let expected = ["1 has a field with `tokio::sync::Semaphore`"];
        assert_eq!(found(text, Allowed::TokioOutsideOfTypes), expected);
    }

    #[test]
    fn what_is_set_once_is_not_seen_in_a_type_that_is_explored() {
        let text = "use std::sync::{LazyLock, OnceLock};\nstruct Semaphore { first: OnceLock<u32> }\n\
                    fn f() { static TABLE: LazyLock<u8> = LazyLock::new(g); }";
        let expected = ["1 has a field with `std::sync::OnceLock`"];
        assert_eq!(found(text, Allowed::Std), expected);
        assert_eq!(found(text, Allowed::TokioOutsideOfTypes), expected);
        assert_eq!(found(text, Allowed::Tokio), [""; 0]);
    }

    #[test]
    fn the_tests_of_an_answer_may_use_anything() {
        let text = "#[cfg(test)] mod tests { use std::sync::Mutex; fn f() { std::thread::spawn(g) } }\n\
                    #[test] fn a() { std::thread::sleep(d) }";
        assert_eq!(found(text, Allowed::Std), [""; 0]);
    }

    #[test]
    fn the_replacement_fits_what_the_answer_may_use() {
        let instead = |text, allowed| {
            let found = bypasses(text, allowed);
            found.into_iter().next().expect("it is found").rule.instead
        };
        let channel = "use std::sync::mpsc::Sender;";
        assert!(instead(channel, Allowed::Tokio).ends_with("use `tokio::sync::mpsc`"));
        assert!(instead(channel, Allowed::Std).ends_with("use `crate::sync::mpsc`"));
        let sleep = "fn f() { std::thread::sleep(d) }";
        assert!(instead(sleep, Allowed::Tokio).ends_with("use `tokio::time::sleep(..).await`"));
        assert!(instead(sleep, Allowed::Std).ends_with("return `Poll::Pending`"));
    }
}
