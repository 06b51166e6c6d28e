// ANCHOR: all
use futures::StreamExt;
use futures::stream;

#[tokio::main]
async fn main() {
    let mut doubled = stream::iter(1..=3)
        .map(|n| async move {
            println!("doubling {n}");
            n * 2
        })
        .buffered(1);
    println!("nothing has run yet");
    while let Some(n) = doubled.next().await {
        println!("{n}");
    }
}
// ANCHOR_END: all
