use tokio::sync::mpsc;

fn numbers(values: &'static [u32]) -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for value in values {
            sender.send(*value).await.unwrap();
        }
    });
    receiver
}

// ANCHOR: all
async fn sum(mut a: mpsc::Receiver<u32>, mut b: mpsc::Receiver<u32>) -> u32 {
    let (mut a_open, mut b_open) = (true, true);
    let mut total = 0;
    while a_open || b_open {
        tokio::select! {
            value = a.recv(), if a_open => match value {
                Some(value) => total += value,
                None => a_open = false,
            },
            value = b.recv(), if b_open => match value {
                Some(value) => total += value,
                None => b_open = false,
            },
        }
    }
    total
}
// ANCHOR_END: all

// ANCHOR: pattern
async fn shorter_sum(mut a: mpsc::Receiver<u32>, mut b: mpsc::Receiver<u32>) -> u32 {
    let mut total = 0;
    loop {
        tokio::select! {
            Some(value) = a.recv() => total += value,
            Some(value) = b.recv() => total += value,
            else => return total,
        }
    }
}
// ANCHOR_END: pattern

#[tokio::main]
async fn main() {
    println!("{}", sum(numbers(&[1, 2]), numbers(&[10])).await);
    println!("{}", shorter_sum(numbers(&[1, 2]), numbers(&[10])).await);
}
