// ANCHOR: all
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

static REQUESTS: AtomicU32 = AtomicU32::new(0);
static SLOWEST: AtomicU32 = AtomicU32::new(0);
static TICKETS: AtomicU32 = AtomicU32::new(10);
static STOP: AtomicBool = AtomicBool::new(false);

/// Takes a ticket, unless none is left.
fn take_ticket() -> bool {
    let take = |left: u32| left.checked_sub(1);
    TICKETS.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
}

fn main() {
    let mut taken = 0;
    thread::scope(|scope| {
        let clients = [30, 70, 50].map(|time| {
            scope.spawn(move || {
                let mut taken = 0;
                while !STOP.load(Ordering::Relaxed) {
                    REQUESTS.fetch_add(1, Ordering::Relaxed);
                    SLOWEST.fetch_max(time, Ordering::Relaxed);
                    if take_ticket() {
                        taken += 1;
                    } else {
                        STOP.store(true, Ordering::Relaxed);
                    }
                }
                taken
            })
        });
        taken = clients.into_iter().map(|client| client.join().unwrap()).sum();
    });
    println!("{taken} tickets taken, {} left", TICKETS.load(Ordering::Relaxed));
    println!("at least 11 requests: {}", REQUESTS.load(Ordering::Relaxed) >= 11);
}
// ANCHOR_END: all
