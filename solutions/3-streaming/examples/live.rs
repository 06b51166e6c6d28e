//! Runs the answer with a real Ollama and shows the answers side by side as they come:
//! `just live exercise-3 --stream`. In a pipe, each part is a line.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use ollama::{Client, Error, GenerateRequest};
use streaming::{Part, generate_stream_all};
use terminal_size::{Height, Width};
use textwrap::core::display_width;
use tokio::sync::mpsc;

const PROMPTS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../exercises/3-parallel-handler/prompts.txt");
/// The least width of a column, with the gap to the next one.
const COLUMN: usize = 28;
const GAP: usize = 2;
/// The exit code after Ctrl-C, as of a program that it ends.
const INTERRUPTED: u8 = 130;

/// Sends a file of prompts to Ollama, several at once, and shows the answers as they come.
#[derive(Parser)]
#[command(name = "just live exercise-3 --stream")]
struct Arguments {
    /// A file with one prompt per line.
    #[arg(default_value = PROMPTS, hide_default_value = true)]
    prompts: PathBuf,
    /// How many requests to send at the same time.
    #[arg(long, short = 'n', default_value = "4")]
    concurrency: NonZeroUsize,
}

/// What is known of an answer.
struct Answer {
    prompt: String,
    text: String,
    /// How it has ended, once it has.
    end: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // A `todo!()` panics: its message is enough.
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{}", info.payload_as_str().unwrap_or("the answer panicked"));
    }));
    match run(&Arguments::parse()).await {
        Ok(code) => code,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let prompts = prompts(arguments)?;
    let client = Client::from_env().map_err(|error| format!("OLLAMA_HOST: {error}"))?;
    let model = first_model(&client).await.map_err(|error| {
        format!(
            "{}: {error}\nStart it with `ollama serve`, or set OLLAMA_HOST to its address. \
             If you have no Ollama, run `just mock` in another terminal.",
            client.url()
        )
    })?;
    let model = model.ok_or("Ollama has no model yet: get one with `ollama pull llama3.2`")?;

    let requests = prompts.iter().map(|prompt| GenerateRequest::new(&*model, prompt)).collect();
    let new = |prompt| Answer { prompt, text: String::new(), end: None };
    let mut answers: Vec<Answer> = prompts.into_iter().map(new).collect();
    let mut screen = Screen::default();
    let mut interrupted = interrupts().map_err(|error| format!("Ctrl-C: {error}"))?;
    let mut parts = generate_stream_all(Arc::new(client), requests, arguments.concurrency);
    loop {
        let part = tokio::select! {
            part = parts.recv() => part,
            Some(()) = interrupted.recv() => {
                // That ends the generation of all answers.
                drop(parts);
                let complete = answers.iter().filter(|answer| answer.end.is_some()).count();
                eprintln!("\nstopped: {complete} of {} answers had ended", answers.len());
                return Ok(ExitCode::from(INTERRUPTED));
            }
        };
        let Some(part) = part else { return Ok(ExitCode::SUCCESS) };
        match show(&mut screen, &mut answers, &part) {
            Ok(()) => {}
            // Whoever reads, such as `head`, has enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(format!("standard output: {error}")),
        }
    }
}

/// Gets something when Ctrl-C is pressed.
#[cfg(unix)]
fn interrupts() -> io::Result<mpsc::Receiver<()>> {
    let (tell, interrupted) = mpsc::channel(1);
    let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT])?;
    std::thread::spawn(move || signals.forever().try_for_each(|_| tell.blocking_send(())));
    Ok(interrupted)
}

/// Gets nothing: on other systems Ctrl-C ends this program by itself.
#[cfg(not(unix))]
fn interrupts() -> io::Result<mpsc::Receiver<()>> {
    Ok(mpsc::channel(1).1)
}

fn prompts(arguments: &Arguments) -> Result<Vec<String>, String> {
    let file = arguments.prompts.display();
    let text =
        fs::read_to_string(&arguments.prompts).map_err(|error| format!("{file}: {error}"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let prompts: Vec<String> =
        lines.filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    match prompts.is_empty() {
        true => Err(format!("{file} has no prompts: write one per line")),
        false => Ok(prompts),
    }
}

/// The first model that completes prompts.
async fn first_model(client: &Client) -> Result<Option<String>, Error> {
    let mut models = client.tags().await?.into_iter();
    let completes = |kind: &String| kind == "completion";
    Ok(models.find(|model| model.capabilities.iter().any(completes)).map(|model| model.name))
}

fn show(screen: &mut Screen, answers: &mut [Answer], part: &Part) -> io::Result<()> {
    let answer = &mut answers[part.request];
    let piece = match &part.result {
        Ok(piece) => {
            answer.text += &piece.response;
            answer.end = piece.done.then(|| format!("({} tokens)", piece.eval_count));
            piece.response.clone()
        }
        Err(error) => {
            answer.end = Some(format!("({error})"));
            String::new()
        }
    };
    let mut stdout = io::stdout().lock();
    if stdout.is_terminal() {
        return screen.draw(&mut stdout, answers);
    }
    let words = answer.end.as_deref().unwrap_or(&piece).escape_debug();
    writeln!(stdout, "{:>3}  {words}", part.request + 1)?;
    stdout.flush()
}

/// The part of the terminal that is drawn again for each part.
#[derive(Default)]
struct Screen {
    /// How many lines were drawn last.
    lines: usize,
}

impl Screen {
    fn draw(&mut self, out: &mut impl Write, answers: &[Answer]) -> io::Result<()> {
        let size = terminal_size::terminal_size();
        let (Width(width), Height(height)) = size.unwrap_or((Width(100), Height(40)));
        let lines = side_by_side(answers, width.into(), usize::from(height).saturating_sub(1));
        if self.lines > 0 {
            // Back to the first line of the last drawing, and all below is cleared.
            write!(out, "\x1b[{}A\x1b[J", self.lines)?;
        }
        self.lines = lines.len();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}

/// The answers in as many columns as there is room for, in rows below each other. Where an answer is
/// too long for its row, its end is shown.
fn side_by_side(answers: &[Answer], width: usize, height: usize) -> Vec<String> {
    let columns = (width / COLUMN).clamp(1, answers.len().max(1));
    let column = (width / columns).saturating_sub(GAP).max(1);
    let rows: Vec<&[Answer]> = answers.chunks(columns).collect();
    let room = (height / rows.len().max(1)).saturating_sub(1).max(2);
    let mut lines = Vec::new();
    for row in rows {
        let cells: Vec<Vec<String>> = row.iter().map(|answer| cell(answer, column, room)).collect();
        let most = cells.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..most {
            let padded = cells.iter().map(|cell| {
                let text = cell.get(at).map_or("", String::as_str);
                format!("{text}{}", " ".repeat((column + GAP).saturating_sub(display_width(text))))
            });
            lines.push(padded.collect::<String>().trim_end().to_owned());
        }
        lines.push(String::new());
    }
    lines
}

/// A prompt, and below it the last lines of its answer.
fn cell(answer: &Answer, width: usize, room: usize) -> Vec<String> {
    let prompt: Vec<_> = textwrap::wrap(&answer.prompt, width);
    let text = match &answer.end {
        Some(end) => format!("{} {end}", answer.text.trim()),
        None => answer.text.trim().to_owned(),
    };
    let text = textwrap::wrap(&text, width);
    let first = text.len().saturating_sub(room.saturating_sub(prompt.len()).max(1));
    prompt.iter().take(room - 1).chain(&text[first..]).map(|line| line.to_string()).collect()
}
