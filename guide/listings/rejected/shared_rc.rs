// ANCHOR: all
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

fn main() {
    let counter = Rc::new(Mutex::new(0));
    let other = counter.clone();
    thread::spawn(move || *other.lock().unwrap() += 1).join().unwrap();
    println!("{}", counter.lock().unwrap());
}
// ANCHOR_END: all
