//! Where a system gets its programs from.

use std::env;
use std::ffi::OsStr;

/// How to get something, by what the system has for that. The commands are whole, but for the
/// `sudo` before `apt`.
pub(super) struct Get {
    pub(super) apt: &'static str,
    pub(super) brew: &'static str,
    pub(super) winget: &'static str,
    /// The page that says how, for all other systems.
    pub(super) page: &'static str,
    /// A program, and the command that gets a newer version, where it is there.
    pub(super) update: Option<(&'static str, &'static str)>,
}

/// What a system installs programs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt { sudo: bool },
    Brew,
    Winget,
    Unknown,
}

/// The system that this runs on.
pub(super) struct System<'a> {
    manager: Manager,
    path: &'a OsStr,
}

impl<'a> System<'a> {
    /// What is found in these folders.
    pub(super) fn found(path: &'a OsStr) -> Self {
        let manager = match () {
            () if has("apt", path) => Manager::Apt { sudo: has("sudo", path) },
            () if has("brew", path) => Manager::Brew,
            () if has("winget", path) => Manager::Winget,
            () => Manager::Unknown,
        };
        Self { manager, path }
    }

    /// Whether there is such a program.
    pub(super) fn has(&self, program: &str) -> bool {
        has(program, self.path)
    }

    /// The command that gets something here.
    pub(super) fn command(&self, get: &Get) -> String {
        if let Some((_, command)) = get.update.filter(|(program, _)| self.has(program)) {
            return command.to_owned();
        }
        match self.manager {
            Manager::Apt { sudo: true } if get.apt.starts_with("apt ") => {
                format!("sudo {}", get.apt)
            }
            Manager::Apt { .. } => get.apt.to_owned(),
            Manager::Brew => get.brew.to_owned(),
            Manager::Winget => get.winget.to_owned(),
            Manager::Unknown => format!("see {}", get.page),
        }
    }
}

fn has(program: &str, path: &OsStr) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(path).any(|folder| folder.join(&file).is_file())
}
