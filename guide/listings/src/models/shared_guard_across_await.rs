use super::sync::Mutex;
use super::task;

// ANCHOR: all
async fn refresh(page: &Mutex<String>) {
    let mut page = page.lock().unwrap();
    *page = download().await;
}

async fn show(page: &Mutex<String>) -> usize {
    page.lock().unwrap().len()
}

pub fn model() {
    let page = Mutex::new(String::new());
    // Two async functions on one thread, as on a current-thread runtime.
    task::block_on(async {
        futures::join!(refresh(&page), show(&page));
    });
}
// ANCHOR_END: all

/// Lets the other future run once, as a download does that takes its time.
async fn download() -> String {
    let mut asked = false;
    std::future::poll_fn(|context| {
        if asked {
            return std::task::Poll::Ready(());
        }
        asked = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
    "<h1>home</h1>".to_owned()
}
