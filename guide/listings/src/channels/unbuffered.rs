// ANCHOR: all
use std::sync::mpsc;
use std::thread;

fn main() {
    let (sender, receiver) = mpsc::sync_channel(0);
    let other = thread::spawn(move || {
        sender.send("hello").unwrap();
        println!("the sender goes on");
    });
    println!("the receiver comes");
    receiver.recv().unwrap();
    other.join().unwrap();
}
// ANCHOR_END: all
