// ANCHOR: all
use std::rc::Rc;

#[tokio::main]
async fn main() {
    tokio::spawn(async {
        let model = Rc::new("llama3.2");
        tokio::task::yield_now().await;
        println!("{model}");
    });
}
// ANCHOR_END: all
