// ANCHOR: all
use std::collections::BTreeMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

#[derive(Default)]
struct Library {
    shelves: RwLock<BTreeMap<&'static str, Book>>,
}

#[derive(Default)]
struct Book {
    text: String,
    readers: AtomicU32,
}

impl Library {
    fn read(&self, title: &str) -> Option<String> {
        let shelves = self.shelves.read().unwrap();
        let book = shelves.get(title)?;
        // `&Book` is enough to count: no write lock is needed.
        book.readers.fetch_add(1, Relaxed);
        Some(book.text.clone())
    }
}

fn main() {
    let library = Library::default();
    library.shelves.write().unwrap().insert("Emma", Book::default());
    library.read("Emma");
    let shelves = library.shelves.read().unwrap();
    library.read("Emma");
    println!("Emma was read {} times", shelves["Emma"].readers.load(Relaxed));
}
// ANCHOR_END: all
