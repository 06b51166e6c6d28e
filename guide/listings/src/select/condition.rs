// ANCHOR: all
fn parcel() -> impl Future<Output = ()> {
    println!("the future is made");
    async { println!("the future is polled") }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let expected = false;
    tokio::select! {
        () = parcel(), if expected => println!("the parcel is here"),
        else => println!("no branch is left"),
    }
}
// ANCHOR_END: all
