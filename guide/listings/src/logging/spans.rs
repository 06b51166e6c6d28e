// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;
use tracing::{Instrument, info, info_span, warn};

async fn bake(loaves: u32) {
    info!("the oven is hot");
    sleep(Duration::from_secs(1)).await;
    if loaves > 2 {
        warn!(burnt = loaves - 2, "too many at once");
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let subscriber = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let _listening = tracing::subscriber::set_default(subscriber.finish());

    println!("the shop is closed");
    let rye = bake(2).instrument(info_span!("bake", bread = "rye", loaves = 2));
    let white = bake(3).instrument(info_span!("bake", bread = "white", loaves = 3));
    tokio::join!(rye, white);
    info!("the shop opens");
}
// ANCHOR_END: all
