// ANCHOR: all
use std::thread;

use rayon::prelude::*;

fn is_prime(n: u64) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

fn main() {
    let numbers: Vec<u64> = (0..20_000).collect();

    let (low, high) = numbers.split_at(numbers.len() / 2);
    let primes = |part: &[u64]| part.iter().filter(|n| is_prime(**n)).count();
    let scoped = thread::scope(|scope| {
        let low = scope.spawn(|| primes(low));
        primes(high) + low.join().expect("it does not panic")
    });
    println!("with two threads: {scoped}");

    let pooled = numbers.par_iter().filter(|n| is_prime(**n)).count();
    println!("with rayon: {pooled}");
}
// ANCHOR_END: all
