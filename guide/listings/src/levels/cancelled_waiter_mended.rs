// One table. A guest who gives up after it was given to him passes it on.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::sync::{Arc, Mutex};
use super::task::{Task, block_on};
use super::thread;

type Guest = &'static str;

#[derive(Debug)]
struct Table {
    given_to: Option<Guest>,
    queue: VecDeque<(Guest, Waker)>,
}

struct Seat {
    table: Arc<Mutex<Table>>,
    guest: Guest,
    waits: bool,
}

impl Future for Seat {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let guest = self.guest;
        let mut table = self.table.lock().unwrap();
        if *table.given_to.get_or_insert(guest) != guest {
            table.queue.push_back((guest, context.waker().clone()));
            drop(table);
            self.waits = true;
            return Poll::Pending;
        }
        drop(table);
        self.waits = false;
        Poll::Ready(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.waits {
            let mut table = self.table.lock().unwrap();
            table.queue.retain(|(guest, _)| *guest != self.guest);
            let was_given = table.given_to == Some(self.guest);
            drop(table);
            if was_given {
                leave(&self.table);
            }
        }
    }
}

fn leave(table: &Mutex<Table>) {
    let mut table = table.lock().unwrap();
    let next = table.queue.pop_front();
    table.given_to = next.as_ref().map(|(guest, _)| *guest);
    drop(table);
    if let Some((_, waker)) = next {
        waker.wake();
    }
}

pub fn model() {
    let given_to = Some("Ann");
    let table = Arc::new(Mutex::new(Table { given_to, queue: VecDeque::new() }));
    let seat = |guest| Seat { table: Arc::clone(&table), guest, waits: false };
    let (bobs, cids) = (seat("Bob"), seat("Cid"));
    let tables = [(); 3].map(|()| Arc::clone(&table));
    let [anns_table, bobs_table, cids_table] = tables;

    let ann = thread::spawn("Ann", move || leave(&anns_table));
    let bob = thread::spawn("Bob", move || {
        let mut seat = pin!(bobs);
        if Task::new().poll(seat.as_mut()).is_ready() {
            leave(&bobs_table);
        }
        // If there is no table for him now, Bob gives up: his future is dropped.
    });
    let cid = thread::spawn("Cid", move || {
        block_on(cids);
        leave(&cids_table);
    });
    for guest in [ann, bob, cid] {
        guest.join();
    }
}
