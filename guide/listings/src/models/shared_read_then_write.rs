use std::collections::HashMap;

use super::sync::atomic::{AtomicUsize, Ordering};
use super::sync::{Arc, RwLock};
use super::thread;

// ANCHOR: all
struct Cache {
    pages: RwLock<HashMap<&'static str, String>>,
    downloads: AtomicUsize,
}

impl Cache {
    fn page(&self, name: &'static str) -> String {
        if let Some(page) = self.pages.read().unwrap().get(name) {
            return page.clone();
        }
        let page = self.download(name);
        self.pages.write().unwrap().insert(name, page.clone());
        page
    }

    fn download(&self, name: &str) -> String {
        self.downloads.fetch_add(1, Ordering::Relaxed);
        format!("<h1>{name}</h1>")
    }
}

pub fn model() {
    let cache = Arc::new(Cache { pages: RwLock::default(), downloads: AtomicUsize::new(0) });
    let other = {
        let cache = cache.clone();
        thread::spawn("other", move || cache.page("home"))
    };
    assert_eq!(cache.page("home"), "<h1>home</h1>");
    assert_eq!(other.join(), "<h1>home</h1>");
    let downloads = cache.downloads.load(Ordering::Relaxed);
    assert!(downloads == 1, "the page was downloaded twice");
}
// ANCHOR_END: all
