//! The table of attacks in the README of the tests.

use std::fs;
use std::path::Path;

use crate::Cells;

/// What a cell begins with if the jail does not hold the attack.
pub const NOT_HELD: &str = "**not held**";
const START: &str = "<!-- The test `attacks` writes this table. -->\n";
const END: &str = "<!-- The end of the table. -->\n";
/// Set to have the table written.
const UPDATE: &str = "UPDATE_ATTACKS";

/// Which limit a message is about.
pub fn limit(message: &str) -> String {
    let limits = [
        ("memory", "limit on memory"),
        ("threads and processes", "limit on processes"),
        ("processor time", "limit on processor time"),
        ("in one file", "limit on the size of a file"),
        ("of time", "limit on time"),
        ("output", "limit on output"),
    ];
    let limit = limits.iter().find(|(word, _)| message.contains(word));
    limit.unwrap_or_else(|| panic!("{message} is about no limit that is known")).1.to_owned()
}

/// Compares the table with what was seen. What was not seen here is taken from the table.
pub fn compare(bubblewrap: Option<&Cells>, landlock: Option<&Cells>) {
    let Some(some) = bubblewrap.or(landlock) else { return };
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = fs::read_to_string(&readme).expect("it is there");
    let (before, rest) = text.split_once(START).expect("the README has the table's beginning");
    let (table, after) = rest.split_once(END).expect("the README has the table's end");
    let old: Vec<Vec<&str>> =
        table.lines().skip(2).map(|line| line.split('|').map(str::trim).collect()).collect();
    let mut new =
        String::from("| attack | held in bubblewrap by | held in Landlock by |\n|---|---|---|\n");
    for (at, (title, _)) in some.iter().enumerate() {
        let cell = |cells: Option<&Cells>, column: usize| match cells {
            Some(cells) => cells[at].1.clone(),
            None => {
                let row = old.iter().find(|row| row.get(1) == Some(title));
                row.and_then(|row| row.get(column)).copied().unwrap_or_default().to_owned()
            }
        };
        new += &format!("| {title} | {} | {} |\n", cell(bubblewrap, 2), cell(landlock, 3));
    }
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&readme, [before, START, &new, END, after].concat()).expect("it is ours");
        return;
    }
    assert!(
        table == new,
        "The table of attacks in tests/README.md is not what was seen. If that is right, \
         `{UPDATE}=1 cargo test --package grading --test attacks` writes it.\n{new}"
    );
}
