// ANCHOR: all
use std::cell::Cell;
use std::sync::Arc;
use std::thread;

fn main() {
    let counter = Arc::new(Cell::new(0));
    let other = counter.clone();
    thread::spawn(move || other.set(other.get() + 1)).join().unwrap();
    println!("{}", counter.get());
}
// ANCHOR_END: all
