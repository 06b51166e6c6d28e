// ANCHOR: all
use std::thread;

fn main() {
    let mut words = Vec::new();
    let other = thread::spawn(move || words.push("tea"));
    words.push("milk");
    other.join().unwrap();
}
// ANCHOR_END: all
