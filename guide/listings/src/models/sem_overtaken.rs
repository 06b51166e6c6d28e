use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
/// Keys that nobody has, and how many guests wait for one.
#[derive(Debug)]
struct Desk {
    keys: usize,
    waiting: usize,
}

fn give_back(desk: &Mutex<Desk>) {
    desk.lock().unwrap().keys += 1;
    // Now the first guest who waits gets it.
    let mut desk = desk.lock().unwrap();
    if desk.waiting > 0 && desk.keys > 0 {
        desk.waiting -= 1;
        desk.keys -= 1;
    }
}

fn try_take(desk: &Mutex<Desk>) {
    let mut desk = desk.lock().unwrap();
    if desk.keys > 0 {
        desk.keys -= 1;
        assert!(desk.waiting == 0, "a newcomer has the key, and a guest still waits");
    }
}

pub fn model() {
    let desk = Arc::new(Mutex::new(Desk { keys: 0, waiting: 1 }));
    let newcomer = {
        let desk = desk.clone();
        thread::spawn("newcomer", move || try_take(&desk))
    };
    give_back(&desk);
    newcomer.join();
}
// ANCHOR_END: all
