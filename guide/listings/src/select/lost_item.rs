use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

// ANCHOR: all
/// Takes the next order, and looks up its price.
async fn next_order(orders: &mut mpsc::Receiver<u32>) -> Option<String> {
    let order = orders.recv().await?;
    sleep(Duration::from_secs(2)).await;
    Some(format!("order {order} costs {} €", order * 10))
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, mut orders) = mpsc::channel(8);
    for order in 1..=4 {
        sender.send(order).await.unwrap();
    }
    drop(sender);

    let mut clock = interval(Duration::from_secs(5));
    clock.tick().await; // The first tick of an interval comes at once.
    loop {
        tokio::select! {
            order = next_order(&mut orders) => match order {
                Some(order) => println!("{order}"),
                None => break,
            },
            _ = clock.tick() => println!("5 s have passed"),
        }
    }
}
// ANCHOR_END: all
