//! The programs of the guide.
//!
//! `cargo run -p listings -- tasks/spawn` runs one, and without a name, all names are listed. The
//! guide shows the text of these files, and their output as the tests have captured it.

mod before_you_start;
mod bounded_concurrency;
mod cache;
mod channels;
mod generics;
mod levels;
mod logging;
mod models;
mod parallel_handler;
mod races;
mod retry;
mod select;
mod semaphore;
mod shared_state;
mod tasks;
mod worker_pool;

use std::env;
use std::process::ExitCode;

/// A program of the guide: its name, and its `main`.
type Listing = (&'static str, fn() -> ExitCode);

/// The chapters, each a folder of programs.
const CHAPTERS: &[(&str, &[Listing])] = &[
    ("before_you_start", before_you_start::LISTINGS),
    ("bounded_concurrency", bounded_concurrency::LISTINGS),
    ("cache", cache::LISTINGS),
    ("channels", channels::LISTINGS),
    ("generics", generics::LISTINGS),
    ("logging", logging::LISTINGS),
    ("parallel_handler", parallel_handler::LISTINGS),
    ("races", races::LISTINGS),
    ("retry", retry::LISTINGS),
    ("select", select::LISTINGS),
    ("semaphore", semaphore::LISTINGS),
    ("shared_state", shared_state::LISTINGS),
    ("tasks", tasks::LISTINGS),
    ("worker_pool", worker_pool::LISTINGS),
];

/// Mounts each file of a chapter's folder as a program with a `main` of its own.
macro_rules! listings {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            include!(concat!(stringify!($name), ".rs"));

            pub(super) fn run() -> std::process::ExitCode {
                std::process::Termination::report(main())
            }
        })*

        pub(crate) const LISTINGS: &[crate::Listing] = &[$((stringify!($name), $name::run)),*];
    };
}
use listings;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            names().for_each(|name| println!("{name}"));
            ExitCode::SUCCESS
        }
        ["models"] => models::list(),
        ["runnable"] => models::on_threads::list(),
        ["run", name, times] => models::on_threads::run(name, times),
        ["levels"] => levels::list(),
        ["graph", name] => levels::print_graph(name),
        ["explore", name, variant] => levels::explore(name, variant),
        ["schedule", name] => models::print_schedule(name),
        ["search", name] => models::search(name),
        ["record", name, interleaving] => models::record(name, interleaving),
        [name] => match find(name) {
            Some(main) => main(),
            None => {
                eprintln!("error: no listing is called `{name}`; without a name, all are listed");
                ExitCode::from(2)
            }
        },
        _ => {
            eprintln!(
                "usage: listings [NAME | models | schedule MODEL | runnable | run MODEL TIMES | \
                 levels | graph LEVEL]"
            );
            ExitCode::from(2)
        }
    }
}

fn names() -> impl Iterator<Item = String> {
    CHAPTERS.iter().flat_map(|(chapter, listings)| {
        listings.iter().map(move |(name, _)| format!("{chapter}/{name}"))
    })
}

fn find(name: &str) -> Option<fn() -> ExitCode> {
    let (chapter, name) = name.split_once('/')?;
    let (_, listings) = CHAPTERS.iter().find(|(known, _)| *known == chapter)?;
    listings.iter().find(|(known, _)| *known == name).map(|(_, main)| *main)
}
