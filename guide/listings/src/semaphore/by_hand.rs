// ANCHOR: waker
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that only counts how often it is woken.
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
// ANCHOR_END: waker

// ANCHOR: main
fn main() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut future = Box::pin(async { receiver.await.expect("the sender sends") * 10 });

    let counter = Arc::new(Counter(AtomicUsize::new(0)));
    let waker = Waker::from(counter.clone());
    let mut cx = Context::from_waker(&waker);

    println!("first poll: {:?}", future.as_mut().poll(&mut cx));
    println!("woken: {}", counter.0.load(Ordering::SeqCst));

    sender.send(4).expect("the receiver is there");
    println!("woken after the send: {}", counter.0.load(Ordering::SeqCst));

    let Poll::Ready(output) = future.as_mut().poll(&mut cx) else { panic!("it was woken") };
    println!("second poll: ready with {output}");
}
// ANCHOR_END: main
