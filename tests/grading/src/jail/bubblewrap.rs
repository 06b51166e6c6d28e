//! The command line of bubblewrap.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use std::os::unix::process::CommandExt;

use super::room::Room;
use super::{is_root, landlock};

/// Where the program `grade` is inside.
const GRADE: &str = "/run/grade";
/// How many bytes the temporary folder holds. They are memory.
const TEMPORARY: &str = "67108864";

/// The command that runs the supervisor and the program in namespaces of their own.
pub(super) fn command(
    bwrap: &Path,
    grade: &Path,
    program: &Path,
    room: &Room,
    supervisor: &[OsString],
) -> Command {
    let mut command = Command::new(bwrap);
    // Ctrl-C in the terminal is for `grade`, which then ends what it has started.
    command.process_group(0);
    command.args(["--unshare-ipc", "--unshare-net", "--unshare-pid", "--unshare-uts"]);
    command.args(["--unshare-cgroup-try", "--hostname", "jail"]);
    match is_root() {
        // The supervisor is root without most of its rights, and the program another user.
        true => command.args(["--cap-drop", "ALL"]).args(
            ["CAP_SETUID", "CAP_SETGID", "CAP_KILL"].iter().flat_map(|right| ["--cap-add", right]),
        ),
        false => command.args(["--unshare-user", "--disable-userns"]),
    };
    // The supervisor is the first process: when it ends, the kernel ends all others, and only
    // then does bubblewrap end.
    command.args(["--die-with-parent", "--as-pid-1"]);

    command.args(["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]);
    command.args(["--perms", "1777", "--size", TEMPORARY, "--tmpfs", "/tmp"]);
    for library in landlock::LIBRARIES {
        match fs::read_link(library) {
            Ok(target) => drop(command.arg("--symlink").arg(target).arg(library)),
            Err(_) => bind(&mut command, "--ro-bind-try", Path::new(library), Path::new(library)),
        }
    }
    bind(&mut command, "--ro-bind", grade, Path::new(GRADE));
    let readable = room.readable.iter().filter(|path| path.exists());
    let readable =
        readable.map(|path| ("--ro-bind", path.as_path())).chain([("--ro-bind", program)]);
    let writable = room.writable.iter().map(|path| ("--bind", path.as_path()));
    let mut paths: Vec<_> = readable.chain(writable).collect();
    // What is inside of another path comes after it.
    paths.sort_by_key(|&(_, path)| path);
    for (how, path) in paths {
        bind(&mut command, how, path, path);
    }
    command.arg("--chdir").arg(&room.folder).args(["--remount-ro", "/", "--", GRADE]);
    command.args(supervisor).arg(program);
    command
}

/// Puts a file or folder of the host into the jail.
fn bind(command: &mut Command, how: &str, from: &Path, to: &Path) {
    if let Some(folder) = to.parent() {
        // Else bubblewrap makes it for itself alone.
        command.args(["--perms", "0755", "--dir"]).arg(folder);
    }
    command.arg(how).args([from, to]);
}
