// ANCHOR: all
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::sleep;

async fn price(who: &str, works: bool) -> Result<u32, String> {
    println!("{who} asks the shop");
    sleep(Duration::from_secs(1)).await;
    if works { Ok(5) } else { Err("the line is busy".to_owned()) }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let cell = OnceCell::new();
    let (ann, bob, cid) = tokio::join!(
        cell.get_or_try_init(|| price("Ann", false)),
        cell.get_or_try_init(|| price("Bob", true)),
        cell.get_or_try_init(|| price("Cid", true)),
    );
    println!("Ann: {ann:?}\nBob: {bob:?}\nCid: {cid:?}");
}
// ANCHOR_END: all
