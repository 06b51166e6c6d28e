// ANCHOR: all
use std::time::Duration;

use tokio::time::{sleep, timeout};

async fn letters(words: &[&str]) -> Vec<usize> {
    let mut lengths = Vec::new();
    for word in words {
        sleep(Duration::from_secs(1)).await;
        lengths.push(word.len());
    }
    lengths
}

async fn letters_into(words: &[&str], lengths: &mut [Option<usize>]) {
    for (word, length) in words.iter().zip(lengths) {
        sleep(Duration::from_secs(1)).await;
        *length = Some(word.len());
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let words = ["one", "three", "five"];
    let limit = Duration::from_millis(2_500);

    let lengths = timeout(limit, letters(&words)).await;
    println!("kept inside:  {:?}", lengths.ok());

    let mut lengths = [None; 3];
    let _ = timeout(limit, letters_into(&words, &mut lengths)).await;
    println!("kept outside: {lengths:?}");
}
// ANCHOR_END: all
