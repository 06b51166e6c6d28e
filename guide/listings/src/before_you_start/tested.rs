// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;

async fn ask(prompt: &str) -> usize {
    sleep(Duration::from_secs(60)).await; // a slow model
    prompt.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum() {
        assert_eq!(1 + 2, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_answer_takes_a_minute() {
        let start = tokio::time::Instant::now();
        assert_eq!(ask("hello").await, 5);
        assert_eq!(start.elapsed(), Duration::from_secs(60));
    }
}
// ANCHOR_END: all

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("{}", ask("hello").await);
}
