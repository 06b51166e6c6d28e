// ANCHOR: all
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::{sleep, timeout};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (mut reader, mut writer) = duplex(64);
    tokio::spawn(async move {
        writer.write_all(b"ab").await.unwrap();
        sleep(Duration::from_secs(5)).await;
        writer.write_all(b"cdefgh").await.unwrap();
        sleep(Duration::from_secs(5)).await;
    });

    // A message is four bytes long.
    for _ in 0..2 {
        let mut message = [0; 4];
        match timeout(Duration::from_secs(3), reader.read_exact(&mut message)).await {
            Ok(_) => println!("{}", String::from_utf8_lossy(&message)),
            Err(_) => println!("nothing for 3 s"),
        }
    }
}
// ANCHOR_END: all
