//! The Ollama mock as a program.

use std::convert::Infallible;
use std::fmt::{Display, Write as _};
use std::future::pending;
use std::io::{self, BufRead, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

use clap::Parser;
use ollama_mock::{At, Fault, Gate, Mock, PORT};

/// An Ollama server without a model. It offers llama3.2 for completion and all-minilm for
/// embeddings, and always gives the same answer to the same prompt.
#[derive(Parser)]
#[command(name = "ollama-mock", version, after_help = faults())]
struct Arguments {
    /// The port to listen on; 0 is any free port.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// The address to listen on.
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
    /// Faults for the next requests that run a model, one for each request.
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    fail: Vec<Fault>,
    /// Hold requests until you press Enter, or type the number of one and press Enter.
    #[arg(long, value_name = "WHERE", value_enum)]
    #[arg(num_args = 0..=1, default_missing_value = "arrival")]
    hold: Option<Hold>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Hold {
    /// When they arrive.
    Arrival,
    /// While their model is loaded.
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
    let mut text = String::from("Faults, for --fail or for a request's header mock-fault:\n");
    for (name, description) in Fault::NAMES {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:9} {description}");
    }
    text
}

/// Prints a line. If nobody reads the output any more, the server goes on.
fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The exit code for wrong arguments, which is clap's, and for a port in use.
const CANNOT_START: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = tokio::select! {
        // In this order, so that Ctrl-C is caught before the program says that it listens.
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

/// Serves for ever, unless it cannot start.
async fn serve(arguments: Arguments) -> Result<Infallible, String> {
    // A thousand clients need a thousand file descriptors; Go raises the limit for Ollama as
    // well. If that fails, the server takes fewer clients.
    let _ = rlimit::increase_nofile_limit(u64::MAX);

    let address = (arguments.host, arguments.port).into();
    let builder = Mock::builder()
        .address(address)
        .parallel(arguments.parallel)
        .max_queue(arguments.max_queue)
        .without_recording()
        .log(|served| print(served));
    let builder = if arguments.warm { builder.warm() } else { builder };
    let mock = builder.start().await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{address} is in use, by Ollama or by another mock; choose another port: --port 0"
        ),
        _ => format!("cannot listen on {address}: {error}"),
    })?;
    mock.script(arguments.fail);
    let gate = arguments.hold.map(|at| mock.gate(at.into()));
    gate.iter().for_each(Gate::close);
    print(format_args!("listening on {}", mock.uri()));
    let Some(gate) = gate else { return pending().await };

    let released = gate.clone();
    // On a thread of its own, since reading from a terminal cannot be cancelled.
    std::thread::spawn(move || release(&released));
    let mut stops = 0;
    loop {
        stops = gate.until(|counts| counts.stops > stops).await.stops;
        print(format_args!("held: {:?}", gate.held()));
    }
}

/// Releases the requests that the user asks for at the terminal.
fn release(gate: &Gate) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let released = match line.trim() {
            "" => gate.release(0),
            number => number.parse().is_ok_and(|id| gate.release_id(id)),
        };
        if !released {
            print(format_args!("not held; held are: {:?}", gate.held()));
        }
    }
}
