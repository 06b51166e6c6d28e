use std::convert::Infallible;
use std::fmt::{Display, Write as _};
use std::future::pending;
use std::io::{self, BufRead, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

use clap::Parser;
use ollama_mock::{At, Fault, Gate, Mock, PORT};

/// An Ollama server without a model: it has llama3.2 for completion and all-minilm for
/// embedding, and says the same to the same prompt.
#[derive(Parser)]
#[command(name = "ollama-mock", version, after_help = faults())]
struct Arguments {
    /// Where to listen; 0 is any free port.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// On which address.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// OLLAMA_NUM_PARALLEL: how many requests a model runs at once.
    #[arg(long, value_name = "N", default_value_t = 1)]
    parallel: usize,
    /// OLLAMA_MAX_QUEUE: how many requests may wait for a model to load.
    #[arg(long, value_name = "N", default_value_t = 512)]
    max_queue: usize,
    /// Start with both models loaded.
    #[arg(long)]
    warm: bool,
    /// What goes wrong with the next requests that run a model, one each.
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    fail: Vec<Fault>,
    /// Hold these requests until Enter is pressed, or the number of one and Enter.
    #[arg(long, value_name = "WHERE", value_enum)]
    #[arg(num_args = 0..=1, default_missing_value = "arrival")]
    hold: Option<Hold>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Hold {
    /// As they come.
    Arrival,
    /// While their model loads.
    Load,
    /// Before the first byte of the reply.
    Slot,
    /// Before each object of a stream.
    Object,
}

impl From<Hold> for At {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::Arrival => At::Arrival,
            Hold::Load => At::Load,
            Hold::Slot => At::Slot,
            Hold::Object => At::Object,
        }
    }
}

fn faults() -> String {
    let mut text = String::from("Faults, for --fail, or in a request's own header mock-fault:\n");
    for (name, does) in Fault::NAMES {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:9} {does}");
    }
    text
}

/// Prints a line. A server goes on even if nobody reads what it says any more.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A wrong call, as clap has it, or a port that is taken.
const CANNOT_START: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = tokio::select! {
        // In this order, so that Ctrl-C is caught before anybody is told to come.
        biased;
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.map_err(|error| format!("cannot wait for Ctrl-C: {error}"))
        }
        failed = serve(arguments) => failed.map(|never| match never {}),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(CANNOT_START)
        }
    }
}

/// Serves for ever, if it can.
async fn serve(arguments: Arguments) -> Result<Infallible, String> {
    // As Go's runtime does for Ollama: a thousand clients are a thousand files. Where it
    // cannot be raised, fewer will do.
    let _ = rlimit::increase_nofile_limit(u64::MAX);

    let address = (arguments.host, arguments.port).into();
    let builder = Mock::builder()
        .address(address)
        .parallel(arguments.parallel)
        .max_queue(arguments.max_queue)
        .forgetful()
        .log(|served| say(served));
    let builder = if arguments.warm { builder.warm() } else { builder };
    let mock = builder.start().await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{address} is in use: by Ollama itself, or by another mock. Take another: --port 0"
        ),
        _ => format!("cannot listen on {address}: {error}"),
    })?;
    mock.script(arguments.fail);
    let gate = arguments.hold.map(|at| mock.gate(at.into()));
    gate.iter().for_each(Gate::close);
    say(format_args!("listening on {}", mock.uri()));
    let Some(gate) = gate else { return pending().await };

    let released = gate.clone();
    // A thread of its own, since reading from a terminal cannot be cancelled.
    std::thread::spawn(move || release(&released));
    let mut stops = 0;
    loop {
        stops = gate.until(|counts| counts.stops > stops).await.stops;
        say(format_args!("held: {:?}", gate.held()));
    }
}

/// Lets on what is asked for at the terminal.
fn release(gate: &Gate) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let released = match line.trim() {
            "" => gate.release(0),
            number => number.parse().is_ok_and(|id| gate.release_id(id)),
        };
        if !released {
            say(format_args!("not held; there are {:?}", gate.held()));
        }
    }
}
