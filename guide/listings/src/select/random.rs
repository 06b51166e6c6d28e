// ANCHOR: all
use std::future::ready;

#[tokio::main]
async fn main() {
    let (mut lefts, mut rights) = (0, 0);
    for _ in 0..10_000 {
        tokio::select! {
            () = ready(()) => lefts += 1,
            () = ready(()) => rights += 1,
        }
    }
    println!("each at least 4,000 times: {}", lefts >= 4_000 && rights >= 4_000);

    let (mut lefts, mut rights) = (0, 0);
    for _ in 0..10_000 {
        tokio::select! {
            biased;
            () = ready(()) => lefts += 1,
            () = ready(()) => rights += 1,
        }
    }
    println!("biased: {lefts} and {rights}");
}
// ANCHOR_END: all
