//! Runs the answer with a real Ollama and prints each reply as it comes: `just live exercise-3`.

use std::collections::HashMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use ollama::{Client, Error, Generate, GenerateRequest, GenerateResponse};
use parallel_handler::{Failure, Limits, generate_all};
use tokio_util::sync::CancellationToken;

const PROMPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts.txt");
/// Long enough for a model that has to be loaded first.
const PER_REQUEST: Duration = Duration::from_secs(120);

/// Sends a file of prompts to Ollama, one at a time and then several at once.
#[derive(Parser)]
#[command(name = "just live exercise-3")]
struct Arguments {
    /// A file with one prompt per line.
    #[arg(default_value = PROMPTS, hide_default_value = true)]
    prompts: PathBuf,
    /// How many requests to send at the same time, in the second run.
    #[arg(long, short = 'n', default_value = "4")]
    concurrency: NonZeroUsize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // A `todo!()` panics: its message is enough.
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{}", info.payload_as_str().unwrap_or("the answer panicked"));
    }));
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let file = arguments.prompts.display();
    let text =
        fs::read_to_string(&arguments.prompts).map_err(|error| format!("{file}: {error}"))?;
    let lines = text.lines().map(str::trim);
    let prompts: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    if prompts.is_empty() {
        return Err(format!("{file} has no prompts: write one per line"));
    }
    let client = Client::from_env().map_err(|error| format!("OLLAMA_HOST: {error}"))?;
    let model = first_model(&client).await.map_err(|error| {
        format!(
            "{}: {error}\nStart it with `ollama serve`, or set OLLAMA_HOST to its address. \
             If you have no Ollama, run `just mock` in another terminal.",
            client.url()
        )
    })?;
    let model = model.ok_or("Ollama has no model yet: get one with `ollama pull llama3.2`")?;
    println!("{} prompts for {model} at {}\n", prompts.len(), client.url());

    let one = NonZeroUsize::MIN;
    let first = handle(&client, &model, &prompts, one).await;
    let second = handle(&client, &model, &prompts, arguments.concurrency).await;
    println!("{}", side_by_side(&prompts, &first, &second));
    let ratio = first.took.as_secs_f64() / second.took.as_secs_f64();
    println!("{} at once: {ratio:.1} times as fast as one at a time", arguments.concurrency);
    Ok(())
}

/// The first model that completes prompts.
async fn first_model(client: &Client) -> Result<Option<String>, Error> {
    let mut models = client.tags().await?.into_iter();
    let completes = |kind: &String| kind == "completion";
    Ok(models.find(|model| model.capabilities.iter().any(completes)).map(|model| model.name))
}

/// The results of all prompts with one concurrency.
struct Run {
    concurrency: NonZeroUsize,
    took: Duration,
    results: Vec<Result<GenerateResponse, Failure>>,
    /// How long each prompt took after it was sent.
    times: HashMap<String, Duration>,
}

async fn handle(client: &Client, model: &str, prompts: &[&str], concurrency: NonZeroUsize) -> Run {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}  {elapsed}");
    let bar = ProgressBar::new(prompts.len() as u64)
        .with_style(style.expect("the template is valid"))
        .with_message(format!("{concurrency} at once"));
    let watched = Watched { client, bar: &bar, times: Mutex::default(), start: Instant::now() };
    let requests = prompts.iter().map(|prompt| GenerateRequest::new(model, *prompt)).collect();
    let limits = Limits { concurrency, per_request: PER_REQUEST };
    let results = generate_all(&watched, requests, &limits, &CancellationToken::new()).await;
    let took = watched.start.elapsed();
    let times = watched.times.into_inner().unwrap_or_default();
    bar.finish_and_clear();
    println!("{concurrency} at once: {}\n", in_short(took));
    Run { concurrency, took, results, times }
}

/// The client; each reply is printed and timed.
struct Watched<'a> {
    client: &'a Client,
    bar: &'a ProgressBar,
    times: Mutex<HashMap<String, Duration>>,
    start: Instant,
}

impl Generate for Watched<'_> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        let sent = Instant::now();
        let result = self.client.generate(request).await;
        let told = match &result {
            Ok(reply) => first_words(&reply.response),
            Err(error) => error.to_string(),
        };
        self.bar.inc(1);
        self.bar.suspend(|| {
            let at = in_short(self.start.elapsed());
            println!("{at:>9}  {}\n{:11}{told}", request.prompt, "");
        });
        if let Ok(mut times) = self.times.lock() {
            times.insert(request.prompt.clone(), sent.elapsed());
        }
        result
    }
}

fn in_short(time: Duration) -> String {
    match time.as_millis() {
        milliseconds @ ..1_000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let more = if words.len() > 8 { " …" } else { "" };
    words[..words.len().min(8)].join(" ") + more
}

fn side_by_side(prompts: &[&str], first: &Run, second: &Run) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(terminal_width());
    let (one, many) = (first.concurrency, second.concurrency);
    table.set_header([
        "prompt".to_owned(),
        "first words".to_owned(),
        format!("{one} at once"),
        "tokens/s".to_owned(),
        format!("{many} at once"),
        "tokens/s".to_owned(),
    ]);
    for (at, prompt) in prompts.iter().enumerate() {
        let told = match &second.results[at] {
            Ok(reply) => first_words(&reply.response),
            Err(Failure::Backend(error)) => error.to_string(),
            Err(Failure::TimedOut) => "took too long".to_owned(),
            Err(Failure::Cancelled) => "cancelled".to_owned(),
        };
        let mut row = vec![(*prompt).to_owned(), told];
        for run in [first, second] {
            let time = run.times.get(*prompt);
            row.push(time.map_or("–".to_owned(), |time| in_short(*time)));
            row.push(run.results[at].as_ref().map_or("–".to_owned(), tokens_per_second));
        }
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn tokens_per_second(reply: &GenerateResponse) -> String {
    match reply.eval_duration.as_secs_f64() {
        0.0 => "–".to_owned(),
        seconds => format!("{:.0}", reply.eval_count as f64 / seconds),
    }
}

fn terminal_width() -> u16 {
    terminal_size::terminal_size().map_or(100, |(width, _)| width.0.clamp(40, 120))
}
