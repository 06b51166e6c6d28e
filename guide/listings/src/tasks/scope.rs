// ANCHOR: all
use std::thread;

fn main() {
    let words = ["one", "two", "three", "four"];
    let (left, right) = words.split_at(2);
    let (left, right) = thread::scope(|scope| {
        let left = scope.spawn(|| left.concat().len());
        let right = scope.spawn(|| right.concat().len());
        (left.join().unwrap(), right.join().unwrap())
    });
    println!("{words:?} have {left} + {right} letters");
}
// ANCHOR_END: all
