use super::sync::atomic::{AtomicUsize, Ordering};
use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
struct Bakery {
    unfinished: AtomicUsize,
    shelf: Mutex<Vec<&'static str>>,
}

impl Bakery {
    fn bake(&self) {
        self.unfinished.fetch_sub(1, Ordering::SeqCst);
        self.shelf.lock().unwrap().push("bread");
    }

    fn may_close(&self) -> bool {
        self.unfinished.load(Ordering::SeqCst) == 0
    }
}

pub fn model() {
    let unfinished = AtomicUsize::new(1);
    let bakery = Arc::new(Bakery { unfinished, shelf: Mutex::default() });
    let baker = thread::spawn("baker", {
        let bakery = bakery.clone();
        move || bakery.bake()
    });
    if bakery.may_close() {
        let loaves = bakery.shelf.lock().unwrap().len();
        assert!(loaves == 1, "nothing is unfinished, but the bread is not on the shelf");
    }
    baker.join();
}
// ANCHOR_END: all
