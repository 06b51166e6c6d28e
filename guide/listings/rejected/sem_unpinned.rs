use std::task::{Context, Waker};

fn main() {
    let mut future = async { 1 + 2 };
    let mut cx = Context::from_waker(Waker::noop());
    let _ = std::pin::Pin::new(&mut future).poll(&mut cx);
}
