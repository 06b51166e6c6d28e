// ANCHOR: all
fn main() {
    let sum: f32 = (0..1000).map(|_| 0.1_f32).sum();
    println!("0.1 added a thousand times:     {sum}");
    let sum: u32 = (0..1000).map(|_| 100_u32).sum();
    println!("100 thousandths, the same way:  {}", sum as f32 / 1000.0);

    let price = 0.0019_f32;
    println!("cut off:  {} thousandths", (price * 1000.0) as u32);
    println!("rounded:  {} thousandths", (price * 1000.0).round() as u32);
}
// ANCHOR_END: all
