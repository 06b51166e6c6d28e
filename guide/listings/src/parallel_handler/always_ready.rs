// ANCHOR: all
use std::future::{poll_fn, ready};
use std::pin::pin;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut work = pin!(async {
        for _ in 0..1_000 {
            ready(()).await;
        }
    });
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        work.as_mut().poll(cx)
    })
    .await;
    println!("1,000 awaits, {polls} poll");
}
// ANCHOR_END: all
