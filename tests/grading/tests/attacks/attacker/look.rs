//! Attacks that read or write what is not theirs.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::{target, tried};

fn read(path: &str) {
    let path = Path::new(path);
    // The folder, too: names alone say something.
    let contents =
        if path.is_dir() { fs::read_dir(path).map(drop) } else { fs::read(path).map(drop) };
    tried(&format!("read {}", path.display()), contents);
}

pub fn solutions() {
    read(&target("SOLUTION"));
}

pub fn submissions() {
    read(&target("SECRET"));
}

pub fn host() {
    for path in ["/etc/passwd", "/etc/shadow", "/root", "/home", "/var/log", "/sys/kernel"] {
        read(path);
    }
}

/// The environment of whoever started it, and its own.
pub fn environment() {
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        println!("escaped: has the grader's environment");
    }
    read(&format!("/proc/{}/environ", target("GRADER")));
    let parent = std::os::unix::process::parent_id();
    // Inside, this is the supervisor, whose environment is that of the program.
    match fs::read_to_string(format!("/proc/{parent}/environ")) {
        Ok(text) if !text.contains("CARGO_MANIFEST_DIR") => println!("held: not in it"),
        other => tried("read the environment of its parent", other),
    }
}

/// The command lines of other processes.
pub fn others() {
    let others = fs::read_dir("/proc").and_then(|entries| {
        let own = ["jail", "--exact"];
        let lines = entries
            .flatten()
            .filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
        match lines
            .filter(|line| !line.is_empty() && !own.iter().any(|own| line.contains(own)))
            .count()
        {
            0 => Err(io::ErrorKind::NotFound.into()),
            _ => Ok(()),
        }
    });
    tried("see other processes", others);
}

/// What a debugger needs.
pub fn memory_of_grader() {
    let parent = std::os::unix::process::parent_id();
    let open = |path: String| File::options().read(true).write(true).open(path);
    tried("open the grader's memory", open(format!("/proc/{}/mem", target("GRADER"))));
    tried("open its parent's memory", open(format!("/proc/{parent}/mem")));
}

pub fn write() {
    let outside = target("OUTSIDE");
    tried("write a file of the host", File::create(Path::new(&outside).join("written")));
    tried("write the solution", File::options().append(true).open(target("SOLUTION")));
    tried("write a library", File::create("/usr/lib/written"));
}

pub fn overwrite_program() {
    let program = std::env::current_exe().expect("it has a path");
    tried("replace its own binary", fs::remove_file(&program));
}
