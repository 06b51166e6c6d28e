// ANCHOR: all
use std::task::{Context, Waker};

fn main() {
    let mut future = Box::pin(async { 1 + 2 });
    let mut cx = Context::from_waker(Waker::noop());
    println!("first poll: {:?}", future.as_mut().poll(&mut cx));
    println!("second poll: {:?}", future.as_mut().poll(&mut cx));
}
// ANCHOR_END: all
