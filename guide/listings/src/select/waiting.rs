use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

type Receiver = mpsc::Receiver<&'static str>;

// ANCHOR: all
async fn next(messages: &mut Receiver, signals: &mut Receiver, limit: Duration) -> String {
    tokio::select! {
        Some(message) = messages.recv() => format!("message: {message}"),
        Some(signal) = signals.recv() => format!("signal: {signal}"),
        () = sleep(limit) => "timeout".to_owned(),
    }
}
// ANCHOR_END: all

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let minute = Duration::from_secs(60);
    let (message_sender, mut messages) = mpsc::channel(1);
    let (signal_sender, mut signals) = mpsc::channel(1);
    message_sender.send("hello").await.unwrap();
    println!("{}", next(&mut messages, &mut signals, minute).await);
    signal_sender.send("stop").await.unwrap();
    println!("{}", next(&mut messages, &mut signals, minute).await);
    println!("{}", next(&mut messages, &mut signals, minute).await);
}
