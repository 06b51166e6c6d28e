// ANCHOR: all
use tokio::sync::mpsc;

async fn first_or_second(messages: &mut mpsc::Receiver<u32>) {
    tokio::select! {
        first = messages.recv() => println!("{first:?}"),
        second = messages.recv() => println!("{second:?}"),
    }
}
// ANCHOR_END: all

fn main() {
    let (_sender, mut messages) = mpsc::channel(1);
    let _ = first_or_second(&mut messages);
}
