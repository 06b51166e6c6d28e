// ANCHOR: all
use std::collections::HashMap;
use std::thread;

fn main() {
    let mut prices = HashMap::from([("tea", 3)]);
    thread::scope(|scope| {
        scope.spawn(|| prices.insert("tea", 4));
        scope.spawn(|| println!("{:?}", prices.get("tea")));
    });
}
// ANCHOR_END: all
