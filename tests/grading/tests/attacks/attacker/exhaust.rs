//! Attacks that use up the machine.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, hint, io, thread};

use crate::{leave, target, tried};

fn start(part: &str) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(part).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn()
}

/// Many processes, one after the other.
pub fn processes() {
    let mut children = Vec::new();
    while let Ok(child) = start("hold") {
        children.push(child);
    }
    leave::hold();
}

pub fn threads() {
    while thread::Builder::new().spawn(leave::hold).is_ok() {}
    leave::hold();
}

/// A process that becomes two, each of which becomes two.
pub fn fork() {
    loop {
        // Once there is no room for more, it waits for room.
        drop(start("fork"));
        thread::yield_now();
    }
}

pub fn fill_memory(bytes: usize) {
    let mut kept = Vec::new();
    while kept.len() << 20 < bytes {
        kept.push(vec![1_u8; 1 << 20]);
    }
    leave::hold();
}

/// More than there is, at once.
pub fn allocation() {
    println!("{}", hint::black_box(vec![0_u8; 1 << 46]).len());
}

/// Memory of many processes, each of which has little.
pub fn memory_of_many() {
    for _ in 0..16 {
        drop(start("fill"));
    }
    leave::hold();
}

pub fn output() {
    let text = "x".repeat(1 << 16);
    loop {
        print!("{text}");
    }
}

pub fn spin() {
    loop {
        hint::spin_loop();
    }
}

/// Computes without an end, in processes that take turns, each of which is young.
pub fn spin_in_turns() {
    loop {
        let mut child = start("spin").expect("there is room for one more");
        for _ in 0..100_000_000 {
            hint::spin_loop();
        }
        drop(child.kill().and_then(|()| child.wait()));
    }
}

pub fn files() {
    let mut open = Vec::new();
    loop {
        match File::open("/proc/self/stat") {
            Ok(file) => open.push(file),
            Err(_) => return println!("held: limit on open files"),
        }
    }
}

/// Fills each folder that it finds with files, as long as it can.
pub fn disk() {
    let folders = ["/", "/dev", "/dev/shm", "/home", "/run", "/usr", "/var/tmp"].map(PathBuf::from);
    let all = folders
        .into_iter()
        .chain([target("OUTSIDE").into(), env::current_dir().expect("there is one")]);
    let opened: Vec<_> = all.map(|folder| File::create(folder.join("filled"))).collect();
    for file in opened {
        tried("fill a folder", file);
    }
}

pub fn temporary() {
    let text = vec![1_u8; 1 << 20];
    for number in 0..1 << 10 {
        let written = File::create(env::temp_dir().join(number.to_string()));
        match written.and_then(|mut file| file.write_all(&text)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                return println!("held: limit on its size");
            }
            Err(error) => return tried::<()>("", Err(error)),
        }
    }
    let _ = fs::remove_dir_all(env::temp_dir());
    println!("escaped: filled the temporary folder");
}
