// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (orders, mut incoming) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut order = vec!["tea"];
        orders.send(order).await.unwrap();
        order[0] = "coffee";
    });
    println!("{:?}", incoming.recv().await);
}
// ANCHOR_END: all
