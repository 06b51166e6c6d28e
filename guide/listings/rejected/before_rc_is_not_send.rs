// ANCHOR: all
use std::rc::Rc;
use std::thread;

fn main() {
    let prompt = Rc::new("Why is the sky blue?");
    thread::spawn(move || println!("{prompt}"));
}
// ANCHOR_END: all
