use std::io;
use std::time::Duration;

use tokio::time::sleep;

async fn answer_requests() -> u32 {
    sleep(Duration::from_secs(60)).await;
    100
}

// ANCHOR: all
async fn serve_until(stop: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    tokio::select! {
        count = answer_requests() => println!("all {count} requests are answered"),
        pressed = stop => {
            pressed?;
            println!("stopped by the user");
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> io::Result<()> {
    serve_until(tokio::signal::ctrl_c()).await?;
    // A user who is not patient.
    serve_until(async {
        sleep(Duration::from_secs(5)).await;
        Ok(())
    })
    .await
}
// ANCHOR_END: all
