// ANCHOR: all
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;

async fn download() -> String {
    sleep(Duration::from_secs(1)).await;
    "<h1>home</h1>".to_owned()
}

async fn refresh(page: Arc<Mutex<String>>) {
    let fresh = download().await;
    *page.lock().unwrap() = fresh; // No await while the guard lives.
}

#[tokio::main(start_paused = true, flavor = "current_thread")]
async fn main() {
    let page = Arc::new(Mutex::new(String::new()));
    let task = tokio::spawn(refresh(page.clone()));
    println!("before: {:?}", page.lock().unwrap());
    task.await.expect("it does not panic");
    println!("after: {:?}", page.lock().unwrap());
}
// ANCHOR_END: all
