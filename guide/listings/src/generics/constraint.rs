// ANCHOR: all
fn largest<T: PartialOrd + Copy>(items: &[T]) -> T {
    let mut result = items[0];
    for &item in items {
        if item > result {
            result = item;
        }
    }
    result
}
// ANCHOR_END: all

fn main() {
    println!("{} {}", largest(&[3, 9, 4]), largest(&["oak", "pine", "elm"]));
}
