// ANCHOR: all
use tracing::info;
use tracing_attributes::instrument;

#[derive(Debug)]
struct Letter {
    to: &'static str,
    _text: &'static str,
}

#[instrument]
async fn send(letter: &Letter, stamps: u32) {
    info!("sent");
}

#[instrument(skip_all, fields(to = letter.to, stamps = stamps))]
async fn send_in_private(letter: &Letter, stamps: u32) {
    info!("sent");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let subscriber = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let _listening = tracing::subscriber::set_default(subscriber.with_level(false).finish());

    let letter = Letter { to: "Ann", _text: "I know where the key is." };
    send(&letter, 1).await;
    send_in_private(&letter, 1).await;
}
// ANCHOR_END: all
