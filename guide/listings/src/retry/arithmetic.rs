// ANCHOR: all
use std::time::{Duration, Instant};

fn main() {
    // 2 to the power of 32 does not fit into 32 bits.
    println!("2 to the power of 32:    {:?}", 2_u32.checked_pow(32));

    // 400 billion years are a `Duration`, and their double is not.
    let long = Duration::MAX / 2 + Duration::from_secs(1);
    println!("twice a long time:       {:?}", long.checked_mul(2));
    println!("the same, saturating:    {:?}", long.saturating_mul(2));

    // An `Instant` so far in the future does not exist.
    let far = Instant::now().checked_add(Duration::MAX);
    println!("now and `Duration::MAX`: {far:?}");

    // 30 years in nanoseconds need 60 bits, and an `f64` has 53 for the digits.
    let years = Duration::new(946_684_800, 123_456_789);
    println!("30 years:                {years:?}");
    let float = years.as_secs_f64();
    println!("30 years as an `f64`:    {:?}", Duration::from_secs_f64(float));
}
// ANCHOR_END: all
