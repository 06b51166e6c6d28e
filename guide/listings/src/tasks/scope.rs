// ANCHOR: all
use std::thread;

fn main() {
    let words = ["one", "two", "three", "four"];
    let (left, right) = words.split_at(2);
    let letters = thread::scope(|scope| {
        let left = scope.spawn(|| left.concat().len());
        let right = scope.spawn(|| right.concat().len());
        left.join().expect("it does not panic") + right.join().expect("it does not panic")
    });
    println!("{words:?} have {letters} letters");
}
// ANCHOR_END: all
