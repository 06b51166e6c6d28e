// ANCHOR: all
use std::collections::VecDeque;
use std::sync::Mutex;

fn main() {
    let queue = Mutex::new(VecDeque::from(["first", "second", "third"]));
    let is_free = || queue.try_lock().is_ok();

    if let Some(name) = queue.lock().expect("no panic").pop_front() {
        println!("{name}, in the body of an `if let`: the lock is free: {}", is_free());
    }

    match queue.lock().expect("no panic").pop_front() {
        Some(name) => println!("{name}, in the arm of a `match`: the lock is free: {}", is_free()),
        None => println!("nobody"),
    }

    let next = queue.lock().expect("no panic").pop_front();
    if let Some(name) = next {
        println!("{name}, after a `let`: the lock is free: {}", is_free());
    }
}
// ANCHOR_END: all
