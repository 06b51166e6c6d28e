// ANCHOR: all
use std::collections::HashMap;
use std::sync::RwLock;

#[derive(Default)]
struct Cache {
    data: RwLock<HashMap<String, String>>,
}

impl Cache {
    fn get(&self, key: &str) -> Option<String> {
        self.data.read().unwrap().get(key).cloned()
    }

    fn set(&self, key: &str, value: &str) {
        self.data.write().unwrap().insert(key.to_owned(), value.to_owned());
    }
}

fn main() {
    let cache = Cache::default();
    cache.set("home", "<h1>home</h1>");
    println!("{:?} {:?}", cache.get("home"), cache.get("about"));

    let first = cache.data.read().unwrap();
    println!("a second reader gets in: {}", cache.data.try_read().is_ok());
    println!("a writer gets in:        {}", cache.data.try_write().is_ok());
    drop(first);
    println!("after the last reader:   {}", cache.data.try_write().is_ok());
}
// ANCHOR_END: all
