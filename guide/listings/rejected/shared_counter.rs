// ANCHOR: all
use std::thread;

fn main() {
    let mut counter = 0;
    let other = thread::spawn(|| counter += 1);
    counter += 1;
    other.join().unwrap();
    println!("{counter}");
}
// ANCHOR_END: all
