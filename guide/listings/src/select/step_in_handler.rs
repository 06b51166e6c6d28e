use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

async fn price(order: u32) -> String {
    sleep(Duration::from_secs(2)).await;
    format!("order {order} costs {} €", order * 10)
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, mut orders) = mpsc::channel(8);
    for order in 1..=4 {
        sender.send(order).await.unwrap();
    }
    drop(sender);
    let mut clock = interval(Duration::from_secs(5));
    clock.tick().await;

    // ANCHOR: all
    loop {
        tokio::select! {
            biased;
            _ = clock.tick() => println!("5 s have passed"),
            order = orders.recv() => match order {
                Some(order) => println!("{}", price(order).await),
                None => break,
            },
        }
    }
    // ANCHOR_END: all
}
