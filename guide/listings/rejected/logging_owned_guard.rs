// ANCHOR: all
use tracing::info_span;

async fn baker() {
    let _entered = info_span!("baker").entered();
    tokio::task::yield_now().await;
}

#[tokio::main]
async fn main() {
    tokio::spawn(baker());
}
// ANCHOR_END: all
