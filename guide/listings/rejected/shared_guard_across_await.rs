// ANCHOR: all
use std::sync::{Arc, Mutex};

async fn download() -> String {
    "<h1>home</h1>".to_owned()
}

async fn refresh(page: Arc<Mutex<String>>) {
    let mut page = page.lock().unwrap();
    *page = download().await;
}

#[tokio::main]
async fn main() {
    let page = Arc::new(Mutex::new(String::new()));
    tokio::spawn(refresh(page)).await.unwrap();
}
// ANCHOR_END: all
