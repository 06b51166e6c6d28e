// ANCHOR: all
use std::panic::catch_unwind;
use std::sync::{LazyLock, OnceLock};

static LAZY: LazyLock<u32> = LazyLock::new(|| panic!("the file is missing"));
static ONCE: OnceLock<u32> = OnceLock::new();

fn main() {
    std::panic::set_hook(Box::new(|_| ())); // The panics' messages are left out here.
    let first = catch_unwind(|| *ONCE.get_or_init(|| panic!("the file is missing")));
    let second = catch_unwind(|| *ONCE.get_or_init(|| 7));
    println!("OnceLock: first {}, second {second:?}", outcome(&first));

    let first = catch_unwind(|| *LAZY);
    let second = catch_unwind(|| *LAZY);
    println!("LazyLock: first {}, second {}", outcome(&first), outcome(&second));
}

fn outcome<T>(result: &std::thread::Result<T>) -> &'static str {
    if result.is_ok() { "ok" } else { "panics" }
}
// ANCHOR_END: all
