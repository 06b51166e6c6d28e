// ANCHOR: all
use std::thread;

fn main() {
    let words = ["tasks", "channels", "locks"];
    let mut lengths = [0; 3];
    thread::scope(|scope| {
        for (word, length) in words.iter().zip(&mut lengths) {
            scope.spawn(move || *length = word.len());
        }
    }); // Waits here for all three.
    println!("{lengths:?}");
}
// ANCHOR_END: all
