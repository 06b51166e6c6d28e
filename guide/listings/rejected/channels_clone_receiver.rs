// ANCHOR: all
use tokio::sync::mpsc;

fn main() {
    let (_jobs, receiver) = mpsc::channel::<u32>(8);
    let _second_receiver = receiver.clone();
}
// ANCHOR_END: all
