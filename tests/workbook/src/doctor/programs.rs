//! The programs that the workbook needs, and how each system gets them.

use super::Purpose;
use super::source::Get;

/// A program that the workbook needs.
pub(super) struct Program {
    pub(super) purpose: Purpose,
    pub(super) name: &'static str,
    /// The command that prints its version.
    pub(super) command: &'static [&'static str],
    /// Its oldest version that will do.
    pub(super) minimum: Option<&'static str>,
    /// What it does for the workbook, in words that follow "it".
    pub(super) does: &'static str,
    pub(super) get: Get,
}

impl Program {
    pub(super) fn is_for_this_system(&self) -> bool {
        self.purpose != Purpose::Grading || cfg!(target_os = "linux")
    }
}

/// On Windows, npm is a script, which is found only by its whole name.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

const RUSTUP: &str = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";
const NODE: Get = Get {
    apt: "apt install npm",
    brew: "brew install node",
    winget: "winget install OpenJS.NodeJS",
    page: "https://nodejs.org",
    update: None,
};

/// Grouped by purpose.
pub(super) const PROGRAMS: &[Program] = &[
    Program {
        purpose: Purpose::Exercises,
        name: "Rust",
        command: &["rustc", "--version"],
        minimum: Some(env!("CARGO_PKG_RUST_VERSION")),
        does: "compiles the answers and their checks",
        get: Get {
            apt: RUSTUP,
            brew: RUSTUP,
            winget: "winget install Rustlang.Rustup",
            page: "https://rustup.rs",
            update: Some(("rustup", "rustup update stable")),
        },
    },
    Program {
        purpose: Purpose::Exercises,
        name: "just",
        command: &["just", "--version"],
        minimum: Some("1.40"),
        does: "runs the commands",
        get: Get {
            // What Ubuntu has is too old.
            apt: "cargo install --locked just",
            brew: "brew install just",
            winget: "winget install Casey.Just",
            page: "https://just.systems",
            update: None,
        },
    },
    Program {
        purpose: Purpose::Guide,
        name: "mdBook",
        command: &["mdbook", "--version"],
        minimum: Some("0.5.4"),
        does: "shows the guide; `just guide` gets it by itself",
        get: Get {
            apt: "cargo install --locked mdbook@0.5.4",
            brew: "brew install mdbook",
            winget: "cargo install --locked mdbook@0.5.4",
            page: "https://rust-lang.github.io/mdBook",
            update: None,
        },
    },
    Program {
        purpose: Purpose::Guide,
        name: "Go",
        command: &["go", "version"],
        minimum: Some("1.19"),
        does: "runs the guide's Go programs, and those of `just bench-go`",
        get: Get {
            apt: "apt install golang-go",
            brew: "brew install go",
            winget: "winget install GoLang.Go",
            page: "https://go.dev/dl",
            update: None,
        },
    },
    Program {
        purpose: Purpose::Grading,
        name: "bubblewrap",
        command: &["bwrap", "--version"],
        minimum: Some("0.8"),
        does: "is the better of the two jails for answers",
        get: Get {
            apt: "apt install bubblewrap",
            brew: "brew install bubblewrap",
            winget: "",
            page: "https://github.com/containers/bubblewrap",
            update: None,
        },
    },
    Program {
        purpose: Purpose::Tests,
        name: "rustfmt",
        command: &["rustfmt", "--version"],
        minimum: None,
        does: "is for `just lint`",
        get: COMPONENTS,
    },
    Program {
        purpose: Purpose::Tests,
        name: "clippy",
        command: &["cargo-clippy", "--version"],
        minimum: None,
        does: "is for `just lint`",
        get: COMPONENTS,
    },
    Program {
        purpose: Purpose::Tests,
        name: "chromedriver",
        command: &["chromedriver", "--version"],
        minimum: None,
        does: "tests pages, for `just test-guide`, `just test-report` and `just test-play`",
        get: Get {
            apt: "apt install chromium chromium-driver",
            brew: "brew install --cask chromium chromedriver",
            winget: "winget install Chromium.ChromeDriver",
            page: "https://developer.chrome.com/docs/chromedriver",
            update: None,
        },
    },
    Program {
        purpose: Purpose::Tests,
        name: "npm",
        command: &[NPM, "--version"],
        minimum: None,
        does: "tests pages and clients, for `just test-guide` and `just mock-clients`",
        get: NODE,
    },
    Program {
        purpose: Purpose::Tests,
        name: "Python",
        command: &["python3", "--version"],
        minimum: None,
        does: "is for `just mock-clients` and `just report-readers`",
        get: Get {
            apt: "apt install python3-venv",
            brew: "brew install python",
            winget: "winget install Python.Python.3.13",
            page: "https://www.python.org",
            update: None,
        },
    },
    Program {
        purpose: Purpose::Tests,
        name: "ShellCheck",
        command: &["shellcheck", "--version"],
        minimum: None,
        does: "checks scripts, for `just cluster-test`",
        get: Get {
            apt: "apt install shellcheck",
            brew: "brew install shellcheck",
            winget: "winget install koalaman.shellcheck",
            page: "https://www.shellcheck.net",
            update: None,
        },
    },
];

const COMPONENTS: Get = Get {
    apt: "apt install rustfmt rust-clippy",
    brew: RUSTUP,
    winget: "winget install Rustlang.Rustup",
    page: "https://rustup.rs",
    update: Some(("rustup", "rustup component add rustfmt clippy")),
};

/// Ollama has to run, too.
pub(super) const OLLAMA: Get = Get {
    apt: "curl -fsSL https://ollama.com/install.sh | sh",
    brew: "brew install ollama && ollama serve",
    winget: "winget install Ollama.Ollama",
    page: "https://ollama.com/download",
    update: Some(("ollama", "ollama serve")),
};

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Workbook;

    #[test]
    fn the_oldest_versions_are_those_of_the_other_files() {
        let root = Workbook::here().expect("the tests run inside the workbook").root().to_owned();
        let minimum = |name: &str| {
            let program = PROGRAMS.iter().find(|program| program.name == name);
            program.and_then(|program| program.minimum).expect("it has one")
        };
        for (name, file, text) in [
            ("Go", "guide/go/go.mod", format!("\ngo {}\n", minimum("Go"))),
            ("mdBook", "justfile", format!("mdbook@{}\n", minimum("mdBook"))),
            ("Rust", "Cargo.toml", format!("\nrust-version = \"{}\"\n", minimum("Rust"))),
            (
                "bubblewrap",
                "tests/README.md",
                format!("version {} or later", minimum("bubblewrap")),
            ),
        ] {
            let said = fs::read_to_string(root.join(file)).expect(file);
            assert!(said.contains(&text), "{name}: {file} does not say {text:?}");
        }
    }

    #[test]
    fn the_dev_container_has_all_of_them() {
        let root = Workbook::here().expect("the tests run inside the workbook").root().to_owned();
        let file = fs::read_to_string(root.join(".devcontainer/Dockerfile")).expect("it is there");
        for Program { name, get, .. } in PROGRAMS {
            let words = match (get.update, get.apt.split_once(" install ")) {
                (Some(("rustup", "rustup update stable")), _) => "rust:1",
                (Some((_, command)), _) => {
                    command.rsplit_once("add ").map_or(command, |(_, of)| of)
                }
                (None, Some(("apt", packages))) => packages,
                (None, Some((_, package))) => package.trim_start_matches("--locked "),
                (None, None) => panic!("{name}: {}", get.apt),
            };
            for word in words.split(' ') {
                let from_pypi = format!("rust-{}", word.replace('@', "=="));
                let has = file.contains(word) || file.contains(&from_pypi);
                assert!(has, "the dev container has no {word}, for {name}");
            }
        }
    }
}
