//! Whether a value is `Send`, as a question and not as a compile error.

use std::marker::PhantomData;

#[doc(hidden)]
pub struct Is<T>(PhantomData<T>);

impl<T> Is<T> {
    pub fn like(_: &T) -> Self {
        Self(PhantomData)
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

/// Whether a value is `Send`. Of two methods, the compiler takes the one that needs no
/// further reference, if there is one. Of an `async` block in the same function it cannot
/// tell yet; of what a function returns, it can.
#[macro_export]
macro_rules! is_send {
    ($value:expr) => {{
        // Unused where the value is `Send`.
        #[allow(unused_imports)]
        use $crate::send::Otherwise as _;
        #[allow(clippy::needless_borrow)]
        let send = (&$crate::send::Is::like(&$value)).send();
        send
    }};
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::rc::Rc;

    async fn keeps<T>(value: T) {
        pending::<()>().await;
        drop(value);
    }

    #[test]
    fn tells_what_is_send_from_what_is_not() {
        assert!(is_send!(1));
        assert!(!is_send!(Rc::new(1)));
        assert!(is_send!(keeps(1)));
        assert!(!is_send!(keeps(Rc::new(1))));
    }
}
