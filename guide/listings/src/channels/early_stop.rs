use tokio::sync::mpsc;
use tokio::task::JoinHandle;

// ANCHOR: stages
fn numbers(up_to: u32) -> (mpsc::Receiver<u32>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(1);
    let task = tokio::spawn(async move {
        for n in 1..=up_to {
            if sender.send(n).await.is_err() {
                println!("`numbers` stops: nobody reads");
                return;
            }
        }
    });
    (receiver, task)
}
// ANCHOR_END: stages

fn double(mut input: mpsc::Receiver<u32>) -> (mpsc::Receiver<u32>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(1);
    let task = tokio::spawn(async move {
        while let Some(n) = input.recv().await {
            if sender.send(n * 2).await.is_err() {
                println!("`double` stops: nobody reads");
                return;
            }
        }
    });
    (receiver, task)
}

// ANCHOR: all
#[tokio::main]
async fn main() {
    let (numbers, first_stage) = numbers(1000);
    let (mut doubled, second_stage) = double(numbers);
    println!("{:?}", doubled.recv().await);
    drop(doubled);
    second_stage.await.unwrap();
    first_stage.await.unwrap();
}
// ANCHOR_END: all
