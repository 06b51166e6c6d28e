use std::time::Duration;

use tokio::time::sleep;

// ANCHOR: all
struct Note(&'static str);

impl Drop for Note {
    fn drop(&mut self) {
        println!("{}: its variables are dropped", self.0);
    }
}

async fn walk(name: &'static str, seconds: u64) {
    let _note = Note(name);
    sleep(Duration::from_secs(seconds)).await;
    println!("{name}: arrives");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    tokio::select! {
        () = walk("turtle", 3) => println!("the turtle wins"),
        () = walk("hare", 1) => println!("the hare wins"),
    }
    sleep(Duration::from_secs(60)).await;
    println!("a minute later, nothing more has happened");
}
// ANCHOR_END: all
