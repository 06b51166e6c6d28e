// ANCHOR: all
use std::thread::{self, JoinHandle};

fn start() -> JoinHandle<usize> {
    let words = vec!["one", "two"];
    thread::spawn(|| words.len())
}
// ANCHOR_END: all

fn main() {
    println!("{}", start().join().unwrap());
}
