// ANCHOR: all
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

fn main() {
    let counter = AtomicU32::new(0);
    let prices = Mutex::new(HashMap::from([("tea", 3)]));
    let words = thread::scope(|scope| {
        let tasks = ["tea", "milk"].map(|word| {
            let (counter, prices) = (&counter, &prices);
            scope.spawn(move || {
                counter.fetch_add(1, Ordering::Relaxed);
                prices.lock().unwrap().insert(word, 4);
                word // Not appended to anything: returned.
            })
        });
        tasks.map(|task| task.join().unwrap())
    });
    let prices = prices.into_inner().unwrap();
    println!("{} {} {words:?}", counter.into_inner(), prices["tea"]);
}
// ANCHOR_END: all
