//! Attacks that claim to pass. And the answer that does pass, beside which they run.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::thread;

use crate::{Request, target, tried};

/// Does what checks do.
pub fn innocent() {
    let request = Request::read();
    let threads: Vec<_> = (0..16).map(|_| thread::spawn(|| vec![1_u8; 1 << 20].len())).collect();
    assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("it has its own loopback");
    let address = listener.local_addr().expect("it is bound");
    let mut client = TcpStream::connect(address).expect("it reaches itself");
    client.write_all(b"?").expect("it is connected");
    let (mut server, _) = listener.accept().expect("it is connected");
    server.read_exact(&mut [0]).expect("it was sent");
    assert!(fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() > 0));
    fs::write(&request.record, request.passed(&request.nonce)).expect("it may write its record");
}

pub fn exit() {
    std::process::exit(0);
}

pub fn print() {
    let request = Request::read();
    println!("test result: ok. 1 passed; 0 failed");
    println!("{}", request.passed(&request.nonce));
    eprintln!("grade: in the jail");
}

pub fn wrong_nonce() {
    let request = Request::read();
    fs::write(&request.record, request.passed("guessed")).expect("it may write its record");
}

pub fn symlink_record() {
    let request = Request::read();
    let replaced =
        fs::remove_file(&request.record).and_then(|()| symlink(target("SECRET"), &request.record));
    tried("put a symlink in the place of its record", replaced);
}

pub fn fifo() {
    let request = Request::read();
    let replaced = fs::remove_file(&request.record)
        .and_then(|()| Command::new("/usr/bin/mkfifo").arg(&request.record).status().map(drop));
    tried("put a pipe in the place of its record", replaced);
}

pub fn huge_record() {
    let request = Request::read();
    let mut record = File::create(&request.record).expect("it may write its record");
    while record.write_all(&[b'['; 1 << 16]).is_ok() {}
}
