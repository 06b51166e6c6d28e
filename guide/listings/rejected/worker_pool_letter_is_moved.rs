use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

// ANCHOR: all
/// Posts a letter, or gives it back if the post office closes first.
async fn post(
    letter: String,
    letterbox: &mpsc::Sender<String>,
    closed: &CancellationToken,
) -> Result<(), String> {
    tokio::select! {
        _ = letterbox.send(letter) => Ok(()),
        () = closed.cancelled() => Err(letter),
    }
}
// ANCHOR_END: all

fn main() {
    let _ = post;
}
