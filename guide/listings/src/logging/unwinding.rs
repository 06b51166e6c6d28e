use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::thread;

// ANCHOR: all
struct Order(&'static str);

impl Drop for Order {
    fn drop(&mut self) {
        println!("{}: does the thread unwind? {}", self.0, thread::panicking());
    }
}

fn main() {
    set_hook(Box::new(|_| {}));
    let bread = Order("bread");
    let serve = AssertUnwindSafe(|| {
        let _bread = bread;
        panic!("the seller has dropped the plates");
    });
    assert!(catch_unwind(serve).is_err());
    drop(Order("cake"));
}
// ANCHOR_END: all
