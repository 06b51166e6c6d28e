// ANCHOR: all
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

/// One connection: a question and its answer belong together.
struct Connection {
    log: Vec<String>,
}

impl Connection {
    async fn ask(&mut self, question: &str) {
        self.log.push(format!("{question}?"));
        sleep(Duration::from_secs(1)).await;
        self.log.push(format!("{question}!"));
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let connection = Arc::new(Mutex::new(Connection { log: Vec::new() }));
    let tasks = ["a", "b", "c"].map(|question| {
        let connection = connection.clone();
        tokio::spawn(async move {
            let mut connection = connection.lock().await;
            connection.ask(question).await; // The guard lives across this await.
        })
    });
    for task in tasks {
        task.await.expect("it does not panic");
    }
    println!("{}", connection.lock().await.log.join(" "));
}
// ANCHOR_END: all
