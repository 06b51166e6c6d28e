// ANCHOR: all
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

struct Database {
    name: &'static str,
}

static DATABASE: LazyLock<Database> = LazyLock::new(|| {
    CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    Database { name: "books" }
});

fn main() {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(DATABASE.name, "books"));
        }
    });
    println!("4 threads, {} connection", CONNECTIONS.load(Ordering::Relaxed));
}
// ANCHOR_END: all
