// ANCHOR: all
use std::thread;

fn main() {
    let thread = thread::spawn(|| 1 + 2);
    let sum = thread.join().expect("it does not panic");
    println!("the thread returned {sum}");
}
// ANCHOR_END: all
