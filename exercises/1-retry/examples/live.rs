//! The answer against a real Ollama, printed as it happens: `just live exercise-1`.

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ollama::{Client, Error, GenerateRequest};
use retry::{RetryBudget, RetryPolicy, retry};
use tokio_util::sync::CancellationToken;

const PROMPT: &str = "In one sentence: why do retries need jitter?";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // A `todo!()` of the answer panics: print its message without the backtrace.
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{}", info.payload_as_str().unwrap_or("the answer panicked"));
    }));
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => return fail(&format!("OLLAMA_HOST: {error}")),
    };
    let model = match first_model(&client).await {
        Ok(Some(model)) => model,
        Ok(None) => return fail("Ollama has no model yet: `ollama pull llama3.2` gets one"),
        Err(error) => {
            return fail(&format!(
                "{}: {error}\nStart it with `ollama serve`, or say where it is in OLLAMA_HOST.",
                client.url()
            ));
        }
    };
    println!("{} at {}: {PROMPT}", model, client.url());

    let policy = RetryPolicy {
        max_attempts: NonZeroU32::new(5).expect("it is not zero"),
        base_delay: Duration::from_millis(500),
        max_delay: Duration::from_secs(8),
        jitter: true,
        attempt_timeout: Some(Duration::from_secs(60)),
    };
    let budget = RetryBudget::new(10, 0.1);
    let request = GenerateRequest::new(model, PROMPT);
    let start = Instant::now();
    let result = retry(&policy, &budget, &CancellationToken::new(), |attempt| {
        let (client, request) = (&client, &request);
        async move {
            println!("{:>6.1} s  attempt {attempt}", start.elapsed().as_secs_f32());
            let result = client.generate(request).await;
            if let Err(error) = &result {
                println!("{:>6.1} s    {error}", start.elapsed().as_secs_f32());
            }
            result
        }
    })
    .await;
    println!(
        "{:>6.1} s  {} tokens left for retries",
        start.elapsed().as_secs_f32(),
        budget.tokens()
    );
    match result {
        Ok(reply) => {
            println!("\n{}", reply.response.trim());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string()),
    }
}

/// A model that answers prompts.
async fn first_model(client: &Client) -> Result<Option<String>, Error> {
    let mut models = client.tags().await?.into_iter();
    let completes = |kind: &String| kind == "completion";
    Ok(models.find(|model| model.capabilities.iter().any(completes)).map(|model| model.name))
}

fn fail(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::FAILURE
}
