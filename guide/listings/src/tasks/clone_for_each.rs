// ANCHOR: all
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let model = Arc::new(String::from("llama3.2"));
    let mut tasks = Vec::new();
    for i in 0..3 {
        let model = Arc::clone(&model);
        tasks.push(tokio::spawn(async move {
            format!("item {i} to {model}") // the task's own pointer
        }));
    }
    for task in tasks {
        println!("{}", task.await.expect("it does not panic"));
    }
}
// ANCHOR_END: all
