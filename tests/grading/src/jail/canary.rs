//! What a jail is tried with before anything else runs in it.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::{io, thread};

use clap::Args;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::hole::Hole;

/// How many threads the canary starts: more than a check does.
pub(super) const THREADS: u64 = 32;

/// What the canary is to try.
#[derive(Debug, Args)]
pub struct Canary {
    /// A process of the host
    #[arg(long)]
    pub(super) process: i32,
    /// Its namespace of processes
    #[arg(long)]
    pub(super) namespace: PathBuf,
    /// A folder of the host with the file `secret` and the socket `socket` in it
    #[arg(long)]
    pub(super) folder: PathBuf,
    /// A port of the host on which somebody listens
    #[arg(long)]
    pub(super) port: u16,
    /// The name of an abstract socket of the host
    #[arg(long)]
    pub(super) socket: String,
    /// A file in the room, for what the canary finds
    #[arg(long)]
    pub(super) record: PathBuf,
}

/// What the canary finds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Findings {
    /// What it can do and must not.
    pub holes: Vec<Hole>,
    /// What it cannot do and must, with the reason.
    pub lacking: Vec<String>,
}

impl Canary {
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let options = [
            ("--process", self.process.to_string().into()),
            ("--namespace", self.namespace.clone().into()),
            ("--folder", self.folder.clone().into()),
            ("--port", self.port.to_string().into()),
            ("--socket", self.socket.clone().into()),
            ("--record", self.record.clone().into()),
        ];
        let options = options.into_iter().flat_map(|(option, value)| [option.into(), value]);
        ["jail".into(), "canary".into()].into_iter().chain(options).collect()
    }

    pub(super) fn run(&self) -> ExitCode {
        // In a file system of its own it can, and no harm is done: so its maker looks whether.
        let _ = fs::write(self.written(), "");
        let findings = Findings { holes: self.holes(), lacking: lacking() };
        let text = serde_json::to_string(&findings).expect("it is plain data");
        match fs::write(&self.record, text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", self.record.display());
                ExitCode::FAILURE
            }
        }
    }

    /// The file of the host that the canary tries to write.
    pub(super) fn written(&self) -> PathBuf {
        self.folder.join("written")
    }

    fn holes(&self) -> Vec<Hole> {
        let among_the_hosts =
            fs::read_link("/proc/self/ns/pid").ok() == Some(self.namespace.clone());
        let process = PathBuf::from(format!("/proc/{}", self.process));
        let signals =
            || Pid::from_raw(self.process).is_some_and(|id| test_kill_process(id).is_ok());
        let sockets = || {
            let name = SocketAddr::from_abstract_name(&self.socket);
            name.and_then(|name| UnixStream::connect_addr(&name)).is_ok()
                || UnixStream::connect(self.folder.join("socket")).is_ok()
        };
        // An address that belongs to nobody. This sends nothing, and only asks for the way there.
        let network = || {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
            socket.and_then(|socket| socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))).is_ok()
        };
        let tried = [
            (Hole::Reads, fs::read(self.folder.join("secret")).is_ok()),
            (Hole::Processes, among_the_hosts && fs::read(process.join("cmdline")).is_ok()),
            (Hole::Signals, among_the_hosts && signals()),
            (Hole::Loopback, TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()),
            (Hole::Network, network()),
            (Hole::Sockets, sockets()),
        ];
        tried.into_iter().filter(|(_, can)| *can).map(|(hole, _)| hole).collect()
    }
}

/// What a check does and this process cannot.
fn lacking() -> Vec<String> {
    let tried = [
        ("it cannot start threads", threads()),
        ("it cannot connect to itself on 127.0.0.1", connect_to_itself()),
        ("it cannot read about its own threads", fs::read_dir("/proc/self/task").map(drop)),
    ];
    let failed = tried.into_iter().filter_map(|(what, tried)| Some((what, tried.err()?)));
    failed.map(|(what, error)| format!("{what}: {error}")).collect()
}

fn threads() -> io::Result<()> {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Arc::new(std::sync::Mutex::new(held));
    let mut threads = Vec::new();
    for _ in 0..THREADS {
        let held = held.clone();
        let wait = move || drop(held.lock().map(|held| held.recv()));
        threads.push(thread::Builder::new().spawn(wait)?);
    }
    drop(hold);
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

fn connect_to_itself() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;
    client.write_all(b"?")?;
    server.read_exact(&mut [0])
}
