// ANCHOR: all
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    for behaviour in [MissedTickBehavior::Burst, MissedTickBehavior::Skip] {
        println!("{behaviour:?}:");
        let start = Instant::now();
        let mut clock = interval(Duration::from_secs(1));
        clock.set_missed_tick_behavior(behaviour);
        clock.tick().await;
        println!("  a tick after {:?}", start.elapsed());
        sleep(Duration::from_millis(3_500)).await; // busy with something else
        for _ in 0..4 {
            clock.tick().await;
            println!("  a tick after {:?}", start.elapsed());
        }
    }
}
// ANCHOR_END: all
