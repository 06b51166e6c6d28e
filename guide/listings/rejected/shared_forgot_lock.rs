// ANCHOR: all
use std::sync::Mutex;

struct Counter {
    value: Mutex<u64>,
}

impl Counter {
    fn value(&self) -> u64 {
        self.value
    }
}
// ANCHOR_END: all

fn main() {
    println!("{}", Counter { value: Mutex::new(0) }.value());
}
