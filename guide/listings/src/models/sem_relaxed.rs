use super::sync::Arc;
use super::sync::atomic::{AtomicBool, Ordering};
use super::{Data, thread};

// ANCHOR: all
/// Writes the data, and then says that they are there.
fn publish(data: &Data, ready: &AtomicBool) {
    data.write();
    ready.store(true, Ordering::Relaxed);
}

fn read_if_ready(data: &Data, ready: &AtomicBool) {
    if ready.load(Ordering::Relaxed) {
        data.read();
    }
}
// ANCHOR_END: all

pub fn model() {
    let (data, ready) = (Arc::new(Data::new()), Arc::new(AtomicBool::new(false)));
    let reader = {
        let (data, ready) = (data.clone(), ready.clone());
        thread::spawn("reader", move || read_if_ready(&data, &ready))
    };
    publish(&data, &ready);
    reader.join();
}
