//! The machine and the versions that the figures are of.

use std::process::Command;
use std::{env, fs, thread};

pub fn name() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or(env::consts::ARCH.to_owned());
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let system = field("/etc/os-release", "PRETTY_NAME").unwrap_or(env::consts::OS.to_owned());
    let mut parts = vec![format!("{processor}, {processors} processors"), system];
    parts.extend(output("rustc", &["--version"]).map(|text| without_details(&text)));
    parts.extend(output("cargo", &["pkgid", "tokio"]).and_then(|id| {
        let (_, version) = id.rsplit_once('@')?;
        Some(format!("tokio {version}"))
    }));
    parts.extend(output("go", &["version"]).and_then(|text| {
        let version = text.split(' ').find_map(|word| word.strip_prefix("go1."))?;
        Some(format!("Go 1.{version}"))
    }));
    parts.join("; ")
}

/// The value of a field, as the system's files write them: `name : value` or `NAME="value"`.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let separators: &[char] = &[' ', '\t', ':', '=', '"'];
    Some(line.trim_matches(separators).to_owned())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `rustc 1.95.0 (59807616e 2026-04-14)` without the parentheses.
fn without_details(version: &str) -> String {
    version.split(" (").next().unwrap_or_default().to_owned()
}
