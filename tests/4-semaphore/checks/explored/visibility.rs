//! Data that is written under a permit, and read by the next who gets it.

use std::pin::pin;
use std::task::Poll;

use explorer::sync::Arc;
use explorer::task::Task;
use explorer::{Data, note, thread};

use super::{ALL, drop_permit, explore};
use crate::instrumented::Semaphore;

#[test]
fn writes_are_visible_to_the_next_holder() {
    let text = "one permit, two tasks: each acquires it and writes the same data while it holds it";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let data = Arc::new(Data::new());
        let work = |semaphore: &Semaphore, data: &Data| {
            let task = Task::new();
            let mut acquire = pin!(semaphore.acquire());
            note("polls an acquire");
            // Polled again without a wake-up, which would order the two tasks by itself.
            let permit = match task.poll(acquire.as_mut()) {
                Poll::Ready(permit) => permit,
                Poll::Pending => task.block_on(acquire.as_mut()),
            };
            note("has a permit and writes");
            data.write();
            drop_permit(permit);
        };
        let other = thread::spawn("other task", {
            let (semaphore, data) = (semaphore.clone(), data.clone());
            move || work(&semaphore, &data)
        });
        work(&semaphore, &data);
        other.join();
        data.read();
    });
}

#[test]
fn writes_are_visible_to_try_acquire() {
    let text = "one permit, two tasks: each calls try_acquire, and writes the same data if it gets \
                the permit";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let data = Arc::new(Data::new());
        let work = |semaphore: &Semaphore, data: &Data| {
            note("calls try_acquire");
            if let Some(permit) = semaphore.try_acquire() {
                note("has a permit and writes");
                data.write();
                drop_permit(permit);
            }
        };
        let other = thread::spawn("other task", {
            let (semaphore, data) = (semaphore.clone(), data.clone());
            move || work(&semaphore, &data)
        });
        work(&semaphore, &data);
        other.join();
        data.read();
    });
}
