//! An answer that means harm. The tests compile this with rustc and run it in a jail, as the
//! runner runs a check: the name of the test is that of an attack.
//!
//! An attack prints a line for each thing that it tries: `held: ` and how, or `escaped: ` and what
//! it got.

mod exhaust;
mod fake;
mod leave;
mod look;
mod reach;

use std::io::{self, BufRead};

/// Where the things are that an attack is after.
fn target(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// Says what came of trying to do something.
fn tried<T>(what: &str, result: io::Result<T>) {
    use io::ErrorKind;
    match result {
        Ok(_) => println!("escaped: {what}"),
        Err(error) => println!(
            "held: {}",
            match error.kind() {
                ErrorKind::NotFound => "not there".to_owned(),
                // Which of these it is depends on who grades.
                ErrorKind::PermissionDenied
                | ErrorKind::ReadOnlyFilesystem
                | ErrorKind::ResourceBusy => "not permitted".to_owned(),
                ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
                ErrorKind::NetworkUnreachable => "no network".to_owned(),
                _ => error.to_string(),
            }
        ),
    }
}

/// The request, as the harness reads it.
struct Request {
    nonce: String,
    record: String,
}

impl Request {
    fn read() -> Self {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).expect("there is a request");
        let field = |name: &str| {
            let (_, rest) = line.split_once(&format!("\"{name}\":\"")).expect("it has this field");
            rest.split_once('"').expect("it is a text").0.to_owned()
        };
        Self { nonce: field("nonce"), record: field("record") }
    }

    /// The record of a check that has passed.
    fn passed(&self, nonce: &str) -> String {
        format!(
            r#"{{"nonce":"{nonce}","outcome":{{"status":"passed","cause":null,"message":null,"interleaving":null,"schedule":null}}}}"#
        )
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("--exact") => run(&arguments.next().expect("it has a name")),
        // Started by an attack.
        Some("hold") => leave::hold(),
        Some("fork") => exhaust::fork(),
        Some("fill") => exhaust::fill_memory(64 << 20),
        Some("spin") => exhaust::spin(),
        Some("stray") => leave::stray(),
        other => panic!("{other:?}?"),
    }
}

fn run(attack: &str) {
    match attack {
        "innocent" => fake::innocent(),
        "exit" => fake::exit(),
        "print" => fake::print(),
        "nonce" => fake::wrong_nonce(),
        "symlink" => fake::symlink_record(),
        "fifo" => fake::fifo(),
        "huge_record" => fake::huge_record(),
        "processes" => exhaust::processes(),
        "threads" => exhaust::threads(),
        "fork" => exhaust::fork(),
        "memory" => exhaust::fill_memory(usize::MAX),
        "allocation" => exhaust::allocation(),
        "shared_memory" => exhaust::memory_of_many(),
        "output" => exhaust::output(),
        "spin" => exhaust::spin(),
        "spin_in_turns" => exhaust::spin_in_turns(),
        "sleep" => leave::hold(),
        "files" => exhaust::files(),
        "disk" => exhaust::disk(),
        "temporary" => exhaust::temporary(),
        "solutions" => look::solutions(),
        "submissions" => look::submissions(),
        "host" => look::host(),
        "environment" => look::environment(),
        "others" => look::others(),
        "memory_of_grader" => look::memory_of_grader(),
        "write" => look::write(),
        "program" => look::overwrite_program(),
        "loopback" => reach::loopback(),
        "network" => reach::network(),
        "abstract_socket" => reach::abstract_socket(),
        "socket" => reach::socket(),
        "signal" => leave::signal(),
        "stray" => leave::leave_stray(),
        other => panic!("there is no attack {other}"),
    }
}
