//! A box office: it looks for a ticket, and then takes one.

use explorer::walk::sync::Mutex;

pub fn buy(tickets: &Mutex<u32>) -> bool {
    let is_left = *tickets.lock().expect("no panic") > 0;
    if is_left {
        let mut tickets = tickets.lock().expect("no panic");
        *tickets = tickets.saturating_sub(1);
    }
    is_left
}
