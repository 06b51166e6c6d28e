// ANCHOR: all
use tokio::sync::mpsc;

fn numbers(up_to: u32) -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for n in 1..=up_to {
            if sender.send(n).await.is_err() {
                return;
            }
        }
    });
    receiver
}

fn double(mut input: mpsc::Receiver<u32>) -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(n) = input.recv().await {
            if sender.send(n * 2).await.is_err() {
                return;
            }
        }
    });
    receiver
}

#[tokio::main]
async fn main() {
    let mut doubled = double(numbers(3));
    while let Some(n) = doubled.recv().await {
        println!("{n}");
    }
}
// ANCHOR_END: all
