// ANCHOR: all
use tokio::sync::mpsc;

fn main() {
    let (sender, _receiver) = mpsc::channel::<u32>(1);
    drop(sender);
    drop(sender);
}
// ANCHOR_END: all
