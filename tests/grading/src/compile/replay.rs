//! Makes the calls of rustc again.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use schedule::process;
use schedule::runner::End;
use workbook::Fault;
use workbook::compile::{Build, Diagnostic, Message};

use super::record::Call;
use crate::jail::{Finished, Jail, LINKERS, Limits, Room};

/// Where an answer's library and binary go, in its folder.
pub(super) const OUT: &str = "out";

/// What rustc may use. It needs some seconds and some hundred MiB.
const LIMITS: Limits = Limits {
    processor_time: Duration::from_secs(60),
    memory: 3 << 30,
    // It and the linker may start several threads for each processor.
    processes: 512,
    file_size: 1 << 30,
    open_files: 1024,
};
/// How long it may take, and what it may print.
const WATCH: process::Limits =
    process::Limits { wall: Duration::from_secs(300), output: 8 << 20, kept_output: 4 << 20 };

/// The calls of rustc for the answers to an exercise.
#[derive(Debug)]
pub(super) struct Replay {
    pub library: Call,
    pub checks: Call,
    /// The folder with all libraries that they need.
    pub libraries: PathBuf,
    /// Where the stub's files were, and where an answer's are, in its folder.
    pub moved: [(PathBuf, PathBuf); 2],
}

impl Replay {
    /// Compiles the answer in a folder, with one more `cfg` for the checks if that is asked for.
    pub fn compile(
        &self,
        jail: Option<&Jail>,
        folder: &Path,
        cfg: Option<&str>,
    ) -> Result<Build, Fault> {
        let mut build = Build::default();
        if !self.call(jail, &self.library, folder, None, &mut build)? {
            return Ok(build);
        }
        if self.call(jail, &self.checks, folder, cfg, &mut build)? {
            let stem = self.checks.file_stem().unwrap_or_default();
            build.binary = Some(folder.join(OUT).join(stem + env::consts::EXE_SUFFIX));
        }
        Ok(build)
    }

    /// Makes a call for the answer in a folder. Returns whether rustc succeeded.
    fn call(
        &self,
        jail: Option<&Jail>,
        call: &Call,
        folder: &Path,
        cfg: Option<&str>,
        build: &mut Build,
    ) -> Result<bool, Fault> {
        let mut arguments = self.arguments(call, folder);
        arguments.extend(cfg.into_iter().flat_map(|cfg| ["--cfg".into(), cfg.into()]));
        let room = self.room(call, folder);
        let finished = match jail {
            Some(jail) => jail.run(&call.program, &arguments, &room, WATCH)?,
            None => without_jail(&call.program, &arguments, &room)?,
        };
        let in_checks = std::ptr::eq(call, &self.checks);
        for line in finished.stderr.lines() {
            match serde_json::from_str::<Diagnostic>(line) {
                Ok(diagnostic) if diagnostic.is_a_count() => {}
                Ok(diagnostic) => build.messages.push(Message { in_checks, diagnostic }),
                // What rustc says about files, and what others say.
                Err(_) => build.words += &format!("{line}\n"),
            }
        }
        match finished.end {
            End::Itself(status) => Ok(status.success()),
            End::AtLimit(limit) => {
                build.limit = Some(limit);
                Ok(false)
            }
        }
    }

    fn arguments(&self, call: &Call, folder: &Path) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut before = "";
        for argument in &call.arguments {
            arguments.push(match before {
                "--out-dir" => folder.join(OUT).into_os_string(),
                "-L" if argument.starts_with("dependency=") => {
                    format!("dependency={}", self.libraries.display()).into()
                }
                "--extern" => self.external(argument, folder).into(),
                _ if argument.starts_with("--emit=") => "--emit=link".into(),
                _ => self.moved(argument, Path::new("")).into(),
            });
            before = argument;
        }
        arguments
    }

    /// `name=path`, with the path of the answer's own library, or of a copy.
    fn external(&self, argument: &str, folder: &Path) -> String {
        let Some((name, path)) = argument.split_once('=') else { return argument.to_owned() };
        let file = Path::new(path).file_name().unwrap_or_default();
        let own = self.library.file_stem().is_some_and(|stem| {
            Path::new(file).file_stem().is_some_and(|file| file == &*format!("lib{stem}"))
        });
        let folder = if own { folder.join(OUT) } else { self.libraries.clone() };
        format!("{name}={}", folder.join(file).display())
    }

    /// A text in which the files of the stub are those of the answer in a folder.
    fn moved(&self, text: &str, folder: &Path) -> String {
        self.moved.iter().fold(text.to_owned(), |text, (from, to)| {
            text.replace(&*from.to_string_lossy(), &folder.join(to).to_string_lossy())
        })
    }

    fn room(&self, call: &Call, folder: &Path) -> Room {
        let cargos = call.environment.iter();
        let cargos = cargos.map(|(name, value)| (name.into(), self.moved(value, folder).into()));
        // For the linker.
        let path = env::var_os("PATH").map(|path| ("PATH".into(), path));
        let toolchain = call.program.ancestors().nth(2).unwrap_or(&call.program);
        let readable =
            [toolchain, &self.libraries, &folder.join("exercises"), &folder.join("tests")];
        Room {
            readable: readable
                .into_iter()
                .chain(LINKERS.map(Path::new))
                .map(Path::to_owned)
                .collect(),
            writable: vec![folder.join(OUT)],
            folder: folder.to_owned(),
            environment: cargos.chain(path).collect(),
            limits: LIMITS,
        }
    }
}

fn without_jail(program: &Path, arguments: &[OsString], room: &Room) -> Result<Finished, Fault> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(&room.folder)
        .envs(&room.environment)
        .stdin(Stdio::null())
        .output()
        .map_err(Fault::of(program.display()))?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Ok(Finished { end: End::Itself(output.status), stdout, stderr })
}
