//! Places in a bounded channel: what tokio's channel does, and when another task may run.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// Runs the same code with tokio's channel and with ours, and expects that it sees the same.
macro_rules! sees_the_same_as_with_tokio {
    ($($name:ident: |$seen:ident| $body:block)*) => {$(
        #[test]
        fn $name() {
            let real = {
                use tokio::sync::mpsc;
                let mut $seen = Vec::new();
                tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
                    let (sender, receiver) = mpsc::channel::<Arc<&str>>(2);
                    let mut run = $body;
                    run(sender, receiver).await
                });
                $seen
            };
            assert!(!real.is_empty());
            let model = move || {
                use explorer_tokio::sync::mpsc;
                let mut $seen = Vec::new();
                shuttle::future::block_on(async {
                    let (sender, receiver) = mpsc::channel::<Arc<&str>>(2);
                    let mut run = $body;
                    run(sender, receiver).await
                });
                assert_eq!($seen, real);
            };
            shuttle::check_random(model, 10);
        }
    )*};
}

fn poll<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
    std::pin::Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()))
}

macro_rules! see {
    ($seen:ident, $($what:expr),* $(,)?) => {
        $($seen.push(format!("{:?}", $what));)*
    };
}

sees_the_same_as_with_tokio! {
    a_place_can_be_used_after_the_channel_was_closed: |seen| {
        async |sender: mpsc::Sender<_>, mut receiver: mpsc::Receiver<_>| {
            sender.send(Arc::new("before")).await.unwrap();
            let place = sender.reserve().await.unwrap();
            receiver.close();
            see!(seen, sender.is_closed(), receiver.len(), sender.try_reserve().is_err());
            see!(seen, receiver.recv().await, receiver.try_recv());
            see!(seen, poll(Box::pin(receiver.recv())));
            place.send(Arc::new("late"));
            see!(seen, receiver.len(), receiver.is_empty(), receiver.recv().await);
            see!(seen, receiver.try_recv(), receiver.recv().await, sender.reserve().await.is_err());
        }
    }

    a_place_that_is_given_back_ends_a_closed_channel: |seen| {
        async |sender: mpsc::Sender<Arc<&str>>, mut receiver: mpsc::Receiver<_>| {
            let place = sender.try_reserve().unwrap();
            receiver.close();
            see!(seen, receiver.try_recv());
            drop(place);
            see!(seen, receiver.try_recv(), receiver.recv().await, receiver.is_closed());
        }
    }

    an_owned_place_can_be_used_after_the_channel_was_closed: |seen| {
        async |sender: mpsc::Sender<_>, mut receiver: mpsc::Receiver<_>| {
            let place = sender.clone().reserve_owned().await.unwrap();
            let other = sender.clone().try_reserve_owned().unwrap();
            see!(seen, place.same_channel(&other), place.same_channel_as_sender(&sender));
            receiver.close();
            let sender = place.send(Arc::new("late"));
            see!(seen, receiver.try_recv(), receiver.try_recv(), sender.is_closed());
            let sender = other.release();
            see!(seen, receiver.try_recv(), sender.try_reserve_owned().is_err());
        }
    }

    what_is_sent_after_the_receiver_was_dropped_stays: |seen| {
        async |sender: mpsc::Sender<_>, receiver: mpsc::Receiver<_>| {
            let value = Arc::new("late");
            let place = sender.reserve().await.unwrap();
            drop(receiver);
            place.send(value.clone());
            see!(seen, Arc::strong_count(&value));
            drop(sender);
            see!(seen, Arc::strong_count(&value));
        }
    }

    what_is_sent_in_time_is_dropped_with_the_receiver: |seen| {
        async |sender: mpsc::Sender<_>, mut receiver: mpsc::Receiver<_>| {
            let (value, late) = (Arc::new("in time"), Arc::new("late"));
            let place = sender.reserve().await.unwrap();
            let other = sender.reserve().await.unwrap();
            place.send(value.clone());
            receiver.close();
            other.send(late.clone());
            see!(seen, Arc::strong_count(&value), Arc::strong_count(&late));
            drop(receiver);
            see!(seen, Arc::strong_count(&value), Arc::strong_count(&late));
        }
    }
}

#[test]
fn a_receiver_that_waits_for_a_place_is_woken() {
    for sends in [true, false] {
        let model = move || {
            shuttle::future::block_on(async {
                let (sender, mut receiver) = explorer_tokio::sync::mpsc::channel(1);
                let place = sender.reserve_owned().await.unwrap();
                receiver.close();
                let task = explorer_tokio::spawn(async move { receiver.recv().await });
                explorer_tokio::task::yield_now().await;
                if sends {
                    place.send("late");
                } else {
                    drop(place);
                }
                assert_eq!(task.await.unwrap(), sends.then_some("late"));
            });
        };
        shuttle::check_random(model, 100);
    }
}

#[test]
fn the_channel_may_be_closed_between_the_reservation_and_the_send() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let all = seen.clone();
    let model = move || {
        let all = all.clone();
        shuttle::future::block_on(async move {
            let (sender, mut receiver) = explorer_tokio::sync::mpsc::channel(1);
            let closing = explorer_tokio::spawn(async move {
                receiver.close();
                receiver.try_recv().is_ok()
            });
            let sent = match sender.reserve().await {
                Ok(place) => {
                    place.send("a value");
                    true
                }
                Err(_) => false,
            };
            let received = closing.await.unwrap();
            all.lock().unwrap().insert((sent, received));
        });
    };
    shuttle::check_random(model, 500);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen, BTreeSet::from([(false, false), (true, false), (true, true)]));
}
