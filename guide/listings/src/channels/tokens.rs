// ANCHOR: all
use tokio::sync::mpsc;

struct Token {
    text: &'static str,
    done: bool,
}

/// Stands for a model that generates a story. Its text comes piece by piece.
async fn generate(tokens: mpsc::Sender<Token>) -> Result<(), mpsc::error::SendError<Token>> {
    for text in ["Once", " upon", " a", " time", " there", " was"] {
        tokens.send(Token { text, done: false }).await?;
    }
    tokens.send(Token { text: "", done: true }).await
}

#[tokio::main]
async fn main() {
    let (sender, mut tokens) = mpsc::channel(1);
    let model = tokio::spawn(generate(sender));

    let mut story = String::new();
    while let Some(token) = tokens.recv().await {
        story.push_str(token.text);
        if token.done || story.len() > 8 {
            break;
        }
    }
    println!("{story}");
    drop(tokens);
    let ended = model.await.expect("it does not panic");
    println!("the model could send everything: {}", ended.is_ok());
}
// ANCHOR_END: all
