// ANCHOR: all
use std::sync::mpsc;

#[tokio::main]
async fn main() {
    let (started, is_started) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let task = tokio::spawn(async move {
        started.send(()).expect("main waits for it");
        may_go_on.recv().expect("main sends"); // a long computation
        "a result"
    });
    is_started.recv().expect("the task sends");
    task.abort();
    go_on.send(()).expect("the task waits for it");
    println!("{:?}", task.await.ok());
}
// ANCHOR_END: all
