// ANCHOR: door
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// A door, which is shut at first. Its clones are the same door.
#[derive(Clone, Default)]
struct Door(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_open: bool,
    waiting: Option<Waker>,
}

impl Door {
    fn open(&self) {
        let waiting = {
            let mut state = self.0.lock().unwrap();
            state.is_open = true;
            state.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

/// Waits until the door is open.
impl Future for Door {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        let mut state = self.0.lock().unwrap();
        if state.is_open {
            Poll::Ready("the door is open")
        } else {
            state.waiting = Some(context.waker().clone());
            Poll::Pending
        }
    }
}
// ANCHOR_END: door

// ANCHOR: poll
struct Bell;

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        println!("woken: it is worth another poll");
    }
}

fn poll_by_hand() {
    let waker = Waker::from(Arc::new(Bell));
    let mut context = Context::from_waker(&waker);
    let door = Door::default();
    let mut future = pin!(door.clone());

    println!("{:?}", future.as_mut().poll(&mut context));
    door.open();
    println!("{:?}", future.as_mut().poll(&mut context));
}
// ANCHOR_END: poll

// ANCHOR: block_on
struct WakeThread(Thread);

impl Wake for WakeThread {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(WakeThread(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn run_it() {
    let door = Door::default();
    let opener = thread::spawn({
        let door = door.clone();
        move || door.open()
    });
    let text = block_on(async {
        let text = door.await;
        format!("{text} for the async block, too")
    });
    println!("{text}");
    opener.join().unwrap();
}
// ANCHOR_END: block_on

fn main() {
    poll_by_hand();
    println!("--");
    run_it();
}
