// ANCHOR: all
use std::sync::{Arc, Mutex};

type Desk = Arc<Mutex<Vec<Letter>>>;

/// A letter that looks at the desk when it is thrown away.
struct Letter {
    to: &'static str,
    desk: Desk,
}

impl Drop for Letter {
    fn drop(&mut self) {
        // `lock` would wait for ever where this fails.
        let is_free = self.desk.try_lock().is_ok();
        println!("the letter to {} is thrown away: the desk is free: {is_free}", self.to);
    }
}

fn main() {
    let desk = Desk::default();
    let letter = |to| Letter { to, desk: desk.clone() };
    desk.lock().unwrap().extend([letter("Ann"), letter("Bob"), letter("Cid")]);

    desk.lock().unwrap().remove(0);

    let _ = desk.lock().unwrap().remove(0);

    let last = desk.lock().unwrap().remove(0);
    drop(last);
}
// ANCHOR_END: all
