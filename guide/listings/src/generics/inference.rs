// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    // The type of the values comes from the first send, three lines further down.
    let (sender, mut receiver) = mpsc::channel(2);

    sender.send(4_u8).await.expect("the receiver is there");
    drop(sender);

    let mut sum = 0; // A u64, because of the next line.
    while let Some(value) = receiver.recv().await {
        sum += u64::from(value);
    }
    println!("{sum}");

    // What is collected is not said by the items, so it has to be said here.
    let numbers = ["1", "2", "x"].map(|text| text.parse::<u8>());
    let all = numbers.into_iter().collect::<Result<Vec<_>, _>>();
    println!("{all:?}");
}
// ANCHOR_END: all
