use std::pin::pin;
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, orders) = mpsc::channel(8);
    for order in 1..=4 {
        sender.send(order).await.unwrap();
    }
    drop(sender);
    let mut clock = interval(Duration::from_secs(5));
    clock.tick().await;

    // ANCHOR: all
    let priced = stream::unfold(orders, async |mut orders: mpsc::Receiver<u32>| {
        let order = orders.recv().await?;
        sleep(Duration::from_secs(2)).await;
        Some((format!("order {order} costs {} €", order * 10), orders))
    });
    let mut priced = pin!(priced);
    loop {
        tokio::select! {
            order = priced.next() => match order {
                Some(order) => println!("{order}"),
                None => break,
            },
            _ = clock.tick() => println!("5 s have passed"),
        }
    }
    // ANCHOR_END: all
}
