//! Where the attacks take place: what they are after, and who watches.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use grading::jail::{Limits, Room};
use tempfile::TempDir;

/// Enough for what is innocent, and little enough to be soon used up. Not so time: on a busy machine,
/// each process that an attack starts uses more of it.
pub const LIMITS: Limits = Limits {
    processor_time: Duration::from_secs(60),
    memory: 256 << 20,
    processes: 64,
    file_size: 8 << 20,
    open_files: 64,
};

/// The things on the host that attacks are after.
pub struct Range {
    folder: TempDir,
    port: TcpListener,
    /// The name of an abstract socket.
    socket: String,
    victim: Child,
    sysroot: PathBuf,
    _sockets: [UnixListener; 2],
}

impl Range {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let path = folder.path();
        // Nothing but the jail keeps anybody from the files: whoever grades as root has programs
        // run as somebody else.
        let open = |path: &Path| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("it is ours");
        };
        open(path);
        for name in ["outside", "records", "attacker"] {
            fs::create_dir(path.join(name)).expect("it is new");
            open(&path.join(name));
        }
        for name in ["outside/secret", "outside/solution.rs"] {
            fs::write(path.join(name), "pub const SECRET: &str = \"of the host\";")
                .expect("it is new");
            open(&path.join(name));
        }
        // Others may not enter the folder that it was built in.
        fs::copy(env!("CARGO_BIN_EXE_grade"), path.join("grade")).expect("it was built");
        let socket = format!("attacks-{}", path.file_name().expect("it has a name").display());
        let name = SocketAddr::from_abstract_name(&socket).expect("it is short");
        let sockets = [
            UnixListener::bind_addr(&name).expect("nobody has this name"),
            UnixListener::bind(path.join("outside/socket")).expect("it is new"),
        ];
        open(&path.join("outside/socket"));
        Self {
            port: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a loopback"),
            socket,
            victim: Command::new("cat").stdin(Stdio::piped()).spawn().expect("there is cat"),
            sysroot: sysroot(path),
            _sockets: sockets,
            folder,
        }
    }

    /// A file or folder of the range.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program `grade`.
    pub fn grade(&self) -> PathBuf {
        self.path("grade")
    }

    /// Where rustc and its libraries are.
    pub fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// What attacks are told. `mark` is in the command line of what they leave behind.
    pub fn targets(&self, mark: &str) -> BTreeMap<OsString, OsString> {
        let port = self.port.local_addr().expect("it is bound").port();
        [
            ("SECRET", self.path("outside/secret").into()),
            ("SOLUTION", self.path("outside/solution.rs").into()),
            ("OUTSIDE", self.path("outside").into()),
            ("PORT", port.to_string().into()),
            ("SOCKET", self.socket.clone().into()),
            ("GRADER", std::process::id().to_string().into()),
            ("VICTIM", self.victim.id().to_string().into()),
            ("MARK", mark.into()),
        ]
        .into_iter()
        .map(|(name, value): (&str, OsString)| (name.into(), value))
        .collect()
    }

    /// A room with nothing in it.
    pub fn room(&self) -> Room {
        Room {
            readable: Vec::new(),
            writable: Vec::new(),
            folder: PathBuf::from("/"),
            environment: BTreeMap::new(),
            limits: LIMITS,
        }
    }

    /// What an attack has done to the host.
    pub fn damage(&mut self, mark: &str) -> Vec<String> {
        let mut damage = Vec::new();
        if self.victim.try_wait().is_ok_and(|status| status.is_some()) {
            damage.push("another process was ended".to_owned());
        }
        for name in ["secret", "solution.rs"] {
            let text = fs::read_to_string(self.path("outside").join(name)).unwrap_or_default();
            if text != "pub const SECRET: &str = \"of the host\";" {
                damage.push(format!("{name} was changed"));
            }
        }
        let outside = fs::read_dir(self.path("outside")).expect("it is there");
        if outside.count() != 3 {
            damage.push("a file was written outside".to_owned());
        }
        let processes = fs::read_dir("/proc").expect("it is there").flatten();
        let lines =
            processes.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
        if lines.filter(|line| line.contains("attacker") && line.contains(mark)).count() > 0 {
            damage.push("a process is left".to_owned());
        }
        damage
    }
}

/// The toolchain. If it is in the folder of root, which no other user may enter, a copy in `folder`.
fn sysroot(folder: &Path) -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = Command::new(rustc).args(["--print", "sysroot"]).output();
    let printed = String::from_utf8(printed.expect("there is rustc").stdout).expect("it is a path");
    let sysroot = PathBuf::from(printed.trim_end());
    if !sysroot.starts_with("/root") {
        return sysroot;
    }
    let copy = folder.join("sysroot");
    fs::create_dir(&copy).expect("it is new");
    for part in ["bin", "lib"] {
        let cp = |how| {
            let from = sysroot.join(part);
            let done =
                Command::new("cp").arg(how).args([&from, &copy]).stderr(Stdio::null()).status();
            done.is_ok_and(|status| status.success())
        };
        // Without copies of the contents, if it is the same file system.
        assert!(cp("-al") || cp("-a"), "{part} can be copied");
    }
    copy
}

impl Drop for Range {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}
