// ANCHOR: all
use std::task::{Context, Waker};

use tokio::sync::mpsc;

fn main() {
    let (tables, mut guests) = mpsc::channel(2);
    let cx = &mut Context::from_waker(Waker::noop());

    tables.try_send("Ann").expect("a table is free");
    tables.try_send("Bob").expect("a table is free");
    println!("free: {}, another try: {:?}", tables.capacity(), tables.try_send("Cid"));

    let mut dan = Box::pin(tables.send("Dan"));
    assert!(dan.as_mut().poll(cx).is_pending());
    println!("{:?} leaves", guests.try_recv().ok());
    println!("free: {}, another try: {:?}", tables.capacity(), tables.try_send("Eve"));

    drop(dan);
    println!("Dan has gone. free: {}", tables.capacity());
}
// ANCHOR_END: all
