// ANCHOR: all
use tokio_util::sync::CancellationToken;

fn main() {
    let server = CancellationToken::new();
    let first_request = server.child_token();
    let second_request = server.child_token();

    // The client of the first request has gone away.
    first_request.cancel();
    println!("first:  {}", first_request.is_cancelled());
    println!("second: {}", second_request.is_cancelled());
    println!("server: {}", server.is_cancelled());

    // When the guard is dropped, however that comes about, its token is cancelled.
    let guard = server.drop_guard();
    drop(guard);
    println!("second, after the server's cancel: {}", second_request.is_cancelled());
}
// ANCHOR_END: all
