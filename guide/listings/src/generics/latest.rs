// ANCHOR: type
use std::sync::Mutex;

/// The latest value that was put in, for any number of threads.
struct Latest<T> {
    value: Mutex<Option<T>>,
}

impl<T> Latest<T> {
    fn new() -> Self {
        Self { value: Mutex::new(None) }
    }

    fn put(&self, value: T) {
        *self.value.lock().expect("no panic") = Some(value);
    }
}

impl<T: Clone> Latest<T> {
    fn get(&self) -> Option<T> {
        self.value.lock().expect("no panic").clone()
    }
}
// ANCHOR_END: type

// ANCHOR: main
fn main() {
    let latest = Latest::new();
    latest.put("first".to_owned());
    latest.put("second".to_owned());
    println!("{:?}", latest.get());
}
// ANCHOR_END: main
