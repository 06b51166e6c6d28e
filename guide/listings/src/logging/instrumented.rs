use std::time::Duration;

use tokio::time::sleep;
use tracing::{Instrument, info, info_span};

// ANCHOR: all
async fn bake() {
    info!("the bread is in the oven");
    sleep(Duration::from_secs(2)).await;
    info!("the bread is done");
}

async fn baker() {
    bake().instrument(info_span!("baker")).await;
}

async fn seller() {
    sleep(Duration::from_secs(1)).await;
    info!("somebody buys a cake");
}
// ANCHOR_END: all

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let subscriber = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let _listening = tracing::subscriber::set_default(subscriber.with_level(false).finish());
    let (baker, seller) = (tokio::spawn(baker()), tokio::spawn(seller()));
    baker.await.expect("it does not panic");
    seller.await.expect("it does not panic");
}
