// ANCHOR: all
use std::thread;

fn main() {
    let prompt = String::from("Why is the sky blue?");
    let length = thread::spawn(move || prompt.len());
    println!("{} bytes", length.join().expect("it does not panic"));
}
// ANCHOR_END: all
