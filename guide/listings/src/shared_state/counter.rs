// ANCHOR: all
use std::sync::Mutex;
use std::thread;

#[derive(Default)]
struct Counter {
    value: Mutex<u64>,
}

impl Counter {
    fn increment(&self) {
        let mut value = self.value.lock().unwrap();
        *value += 1;
    } // `value`, the guard, is dropped here, and that unlocks.

    fn value(&self) -> u64 {
        *self.value.lock().unwrap()
    }
}

fn main() {
    let counter = Counter::default();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    counter.increment();
                }
            });
        }
    });
    println!("{}", counter.value());
}
// ANCHOR_END: all
