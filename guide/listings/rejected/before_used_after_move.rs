// ANCHOR: all
use std::thread;

fn main() {
    let prompt = String::from("Why is the sky blue?");
    let length = thread::spawn(move || prompt.len());
    println!("{prompt}: {} bytes", length.join().unwrap());
}
// ANCHOR_END: all
