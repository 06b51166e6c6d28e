//! Whether a value is `Send`, as an assertion and not as a compile error.

use std::marker::PhantomData;

/// The panic of [`assert_send!`](crate::assert_send), which names the value.
#[derive(Debug)]
pub(crate) struct NotSend(pub(crate) &'static str);

impl NotSend {
    /// What to tell the learner.
    pub(crate) fn message(&self) -> String {
        format!(
            "{} is not `Send`: a multi-threaded runtime could not move it to another thread",
            self.0
        )
    }
}

#[doc(hidden)]
#[derive(Debug)]
pub struct Is<T>(PhantomData<T>);

impl<T> Is<T> {
    pub fn like(_: &T) -> Self {
        Self(PhantomData)
    }

    #[track_caller]
    pub fn fail(name: &'static str) -> ! {
        std::panic::panic_any(NotSend(name))
    }
}

impl<T: Send> Is<T> {
    pub fn send(&self) -> bool {
        true
    }
}

#[doc(hidden)]
pub trait Otherwise {
    fn send(&self) -> bool;
}

impl<T> Otherwise for &Is<T> {
    fn send(&self) -> bool {
        false
    }
}

/// Fails the check, with the cause `NotSend`, if the value is not `Send`. The second argument
/// names the value to the learner:
///
/// ```
/// # use std::future::ready;
/// harness::assert_send!(ready(1), "the future of `ready`");
/// ```
///
/// The value may be a future that a function returns, and not an `async` block of the function
/// that asserts: whether that one is `Send` the compiler does not know yet.
#[macro_export]
macro_rules! assert_send {
    ($value:expr, $name:literal) => {{
        // Unused where the value is `Send`.
        #[allow(unused_imports)]
        use $crate::send::Otherwise as _;
        // Of two methods of one name, the compiler takes the one that needs fewer references,
        // where it applies: that of `Is<T>`, with `T: Send`, before that of `&Is<T>`.
        #[allow(clippy::needless_borrow)]
        if !(&$crate::send::Is::like(&$value)).send() {
            $crate::send::Is::<()>::fail($name);
        }
    }};
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::panic::catch_unwind;
    use std::rc::Rc;

    use super::NotSend;

    async fn keeps<T>(value: T) {
        pending::<()>().await;
        drop(value);
    }

    #[test]
    fn a_value_that_is_send_is_accepted() {
        assert_send!(1, "a number");
        assert_send!(keeps(1), "a future");
    }

    #[test]
    fn a_value_that_is_not_send_is_refused_by_name() {
        let name = |refused: std::thread::Result<()>| {
            refused.unwrap_err().downcast_ref::<NotSend>().map(|NotSend(name)| *name)
        };
        assert_eq!(name(catch_unwind(|| assert_send!(Rc::new(1), "an `Rc`"))), Some("an `Rc`"));
        let refused = catch_unwind(|| assert_send!(keeps(Rc::new(1)), "a future"));
        assert_eq!(name(refused), Some("a future"));
    }
}
