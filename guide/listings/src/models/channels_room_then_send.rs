use super::sync::mpsc;
use super::thread;

// ANCHOR: all
fn offer(queue: &mpsc::Sender<u32>, request: u32) {
    if queue.capacity() > 0 {
        queue.try_send(request).expect("there is room");
    }
}

pub fn model() {
    let (queue, _receiver) = mpsc::channel(1);
    let other = {
        let queue = queue.clone();
        thread::spawn("other", move || offer(&queue, 2))
    };
    offer(&queue, 1);
    other.join();
}
// ANCHOR_END: all
