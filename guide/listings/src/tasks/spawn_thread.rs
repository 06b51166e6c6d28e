// ANCHOR: all
use std::thread;

fn main() {
    let sum = thread::spawn(|| 1 + 2);
    println!("the thread returned {}", sum.join().expect("it does not panic"));
}
// ANCHOR_END: all
