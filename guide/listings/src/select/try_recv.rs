use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

// ANCHOR: all
fn look(messages: &mut mpsc::Receiver<&'static str>) -> String {
    match messages.try_recv() {
        Ok(message) => format!("message: {message}"),
        Err(TryRecvError::Empty) => "nothing yet".to_owned(),
        Err(TryRecvError::Disconnected) => "closed".to_owned(),
    }
}
// ANCHOR_END: all

fn main() {
    let (sender, mut messages) = mpsc::channel(1);
    println!("{}", look(&mut messages));
    sender.try_send("hello").unwrap();
    println!("{}", look(&mut messages));
    drop(sender);
    println!("{}", look(&mut messages));
}
