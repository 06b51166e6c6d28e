// ANCHOR: all
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

async fn load(seconds: u64, who: &str) -> String {
    println!("{who} begins to load");
    sleep(Duration::from_secs(seconds)).await;
    format!("loaded by {who}")
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let settings = OnceCell::new();
    let hasty = async {
        let wait = settings.get_or_init(|| load(10, "hasty"));
        timeout(Duration::from_secs(1), wait).await.is_ok()
    };
    let patient = async { settings.get_or_init(|| load(10, "patient")).await };
    let (hasty, patient) = tokio::join!(hasty, patient);
    println!("hasty has the settings: {hasty}; patient: {patient}");
}
// ANCHOR_END: all
