use tokio::task::JoinSet;

async fn lengths(texts: &[String]) -> usize {
    let mut tasks = JoinSet::new();
    for text in texts {
        tasks.spawn(async move { text.len() });
    }
    tasks.join_all().await.into_iter().sum()
}

fn main() {
    let _ = lengths(&["one".to_owned()]);
}
