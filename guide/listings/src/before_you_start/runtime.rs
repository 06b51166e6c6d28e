// ANCHOR: all
use tokio::runtime::Builder;

fn main() -> std::io::Result<()> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let answer = runtime.block_on(async { 1 + 2 });
    println!("{answer}");
    Ok(())
}
// ANCHOR_END: all
