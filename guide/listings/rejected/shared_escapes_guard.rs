// ANCHOR: all
use std::sync::Mutex;

fn first(names: &Mutex<Vec<String>>) -> Option<&String> {
    names.lock().unwrap().first()
}
// ANCHOR_END: all

fn main() {
    println!("{:?}", first(&Mutex::new(Vec::new())));
}
