// ANCHOR: all
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{StreamExt, StreamMap};

fn letters(text: &'static str) -> ReceiverStream<char> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for letter in text.chars() {
            sender.send(letter).await.unwrap();
        }
    });
    ReceiverStream::new(receiver)
}

#[tokio::main]
async fn main() {
    let mut sources = StreamMap::new();
    sources.insert("small", letters("abc"));
    sources.insert("big", letters("XYZ"));

    let (mut small, mut big) = (String::new(), String::new());
    while let Some((source, letter)) = sources.next().await {
        if source == "small" { small.push(letter) } else { big.push(letter) }
    }
    println!("{small} {big}");
}
// ANCHOR_END: all
