//! Switch points that loom does not have, for the answers that need them.
//!
//! Some methods need more points to switch threads at than loom has. With them, the search takes
//! about twice as long, so only an answer that calls such a method gets them.

use std::cell::Cell;

use proc_macro2::{TokenStream, TokenTree};

use crate::Answer;

thread_local! {
    /// The answer that they were last chosen for: a check may search a hundred models of one.
    static CHOSEN_FOR: Cell<&'static str> = const { Cell::new("") };
    static IN_LOCKS: Cell<bool> = const { Cell::new(false) };
    static AT_COUNTS: Cell<bool> = const { Cell::new(false) };
}

/// What looks at how many share the value of an `Arc`.
/// `get_mut` and `into_inner` are names of others, too; `Arc`'s have a switch point in any answer.
const LOOKS_AT_COUNTS: [&str; 5] = ["Weak", "downgrade", "make_mut", "new_cyclic", "strong_count"];

/// Decides for the models that run next on this thread.
pub(super) fn choose_for(answer: &Answer) {
    if CHOSEN_FOR.replace(answer.text) == answer.text {
        return;
    }
    IN_LOCKS.set(names_one(answer.text, &["try_lock", "try_read", "try_write"]));
    AT_COUNTS.set(names_one(answer.text, &LOOKS_AT_COUNTS));
}

/// Whether code names one of these, outside of comments and strings.
pub(super) fn names_one(code: &str, names: &[&str]) -> bool {
    fn among(tokens: TokenStream, names: &[&str]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => names.iter().any(|name| ident == name),
            TokenTree::Group(group) => among(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    // Code that cannot be read gets the switch points: without them, a failure could be missed.
    code.parse().map_or(true, |tokens| among(tokens, names))
}

/// Whether locks have the switch points that a contended `try_lock` needs.
pub(super) fn in_locks() -> bool {
    IN_LOCKS.get()
}

/// Whether `Arc`s have the switch points that looking at their count needs.
pub(super) fn at_counts() -> bool {
    AT_COUNTS.get()
}

#[cfg(test)]
mod tests {
    use super::{choose_for, in_locks, names_one};
    use crate::Answer;

    #[test]
    fn each_answer_is_chosen_for() {
        let chosen = |text| {
            choose_for(&Answer { file: "src/answer.rs", text });
            in_locks()
        };
        let answers = ["fn f() { a.try_lock() }", "fn f() {}", "fn f() { a.try_lock() }"];
        assert_eq!(answers.map(chosen), [true, false, true]);
    }

    #[test]
    fn comments_and_strings_do_not_count() {
        let names = |code| names_one(code, &["try_lock"]);
        assert!(names("fn f() { if let Ok(free) = self.free.try_lock() {} }"));
        assert!(names("fn f() { assert!(self.free.try_lock().is_ok()) }"));
        assert!(names("use m::Mutex; fn f() { Mutex::try_lock(&free) }"));
        assert!(!names(
            "/// No `try_lock`.\nfn f() { /* try_lock */ g(\"try_lock\") } // try_lock"
        ));
        assert!(!names("fn try_locking() {}"));
    }
}
