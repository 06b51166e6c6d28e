// ANCHOR: all
use fastrand::Rng;

/// 200 clients whose requests have all failed at the same moment. Prints how many
/// of them try again in each 10 ms.
fn print_second_attempts(name: &str, wait: impl Fn(&mut Rng) -> u32) {
    // In an example only: the same numbers on every run.
    let mut random = Rng::with_seed(7);
    let waits: Vec<u32> = (0..200).map(|_| wait(&mut random)).collect();
    println!("{name}");
    for from in (0..=100).step_by(10) {
        let interval = from..from + 10;
        let clients = waits.iter().filter(|wait| interval.contains(*wait)).count();
        let bar = "#".repeat(clients / 4);
        println!("{}", format!("  {from:3} ms  {clients:3}  {bar}").trim_end());
    }
}

fn main() {
    print_second_attempts("no jitter: 100 ms", |_| 100);
    print_second_attempts("equal jitter: 50 to 100 ms", |random| random.u32(50..100));
    print_second_attempts("full jitter: 0 to 100 ms", |random| random.u32(0..100));
}
// ANCHOR_END: all
