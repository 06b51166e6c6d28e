// ANCHOR: all
use tokio::sync::mpsc;

fn main() {
    let (_sender, _receiver) = mpsc::channel::<String>(0);
}
// ANCHOR_END: all
