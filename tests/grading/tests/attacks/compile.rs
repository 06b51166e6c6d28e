//! Attacks at compile time.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use grading::jail::{Finished, Jail, LINKERS, Limits};
use schedule::process;
use schedule::runner::End;

use crate::Cells;
use crate::range::Range;
use crate::table::{self, NOT_HELD};

/// An attack: what it is in the table, the source, and what it may use.
type Attack = (&'static str, &'static str, Limits);

/// Enough for rustc. Each attack has one limit that is low, so that it is always the same that is
/// reached.
const LIMITS: Limits = Limits {
    processor_time: Duration::from_secs(120),
    memory: 8 << 30,
    processes: 512,
    file_size: 1 << 30,
    open_files: 1024,
};
const LITTLE_TIME: Limits = Limits { processor_time: Duration::from_secs(1), ..LIMITS };
const LITTLE_MEMORY: Limits = Limits { memory: 512 << 20, ..LIMITS };
const SMALL_FILES: Limits = Limits { file_size: 1 << 20, ..LIMITS };
const WATCH: process::Limits =
    process::Limits { wall: Duration::from_secs(600), output: 1 << 20, kept_output: 1 << 16 };

/// `SOLUTION` and `SECRET` are the paths of files of the host.
const ATTACKS: [Attack; 12] = [
    ("`include_str!` of the solution", "pub const ALL: &str = include_str!(SOLUTION);", LIMITS),
    (
        "`#[path]` to another submission",
        "#[path = SECRET] mod other; pub const ALL: &str = other::SECRET;",
        LIMITS,
    ),
    (
        "`include_str!` of a file of the host",
        "pub const ALL: &str = include_str!(\"/etc/passwd\");",
        LIMITS,
    ),
    (
        "`env!` of the grader's environment",
        "pub const ALL: &str = env!(\"CARGO_MANIFEST_DIR\");",
        LIMITS,
    ),
    (
        "`include_str!` of standard input",
        "pub const ALL: &str = include_str!(\"/proc/self/fd/0\");
         const _: () = assert!(ALL.is_empty());",
        LIMITS,
    ),
    (
        "`include_bytes!` of a file without an end",
        "pub const ALL: &[u8] = include_bytes!(\"/dev/zero\");",
        LITTLE_MEMORY,
    ),
    (
        "a macro that calls itself without an end",
        "macro_rules! more { ($($all:tt)*) => { more!($($all)* +); } } more!();",
        LIMITS,
    ),
    (
        "a macro that calls itself twice, a hundred deep",
        "macro_rules! twice {
             ($first:tt $($rest:tt)*) => { twice!($($rest)*); twice!($($rest)*); };
             () => {};
         }
         twice!(++++++++++ ++++++++++ ++++++++++ ++++++++++ ++++++++++ ++++++++++
                ++++++++++ ++++++++++ ++++++++++ ++++++++++);",
        LITTLE_TIME,
    ),
    (
        "an endless constant",
        "#[allow(long_running_const_eval)]
         pub const NEVER: () = loop {};",
        LITTLE_TIME,
    ),
    (
        "a type without an end",
        "fn more<T: Copy>(all: T) { more((all, all)); }
         #[used] static START: fn() = || more(0);",
        LIMITS,
    ),
    (
        "errors without an end",
        "macro_rules! twice {
             ($first:tt $($rest:tt)*) => { twice!($($rest)*); twice!($($rest)*); };
             () => { compile_error!(\"an error that is long enough to fill the output soon\"); };
         }
         twice!(++++++++++ ++++++++++);",
        LIMITS,
    ),
    (
        "a binary that fills the disk",
        "pub static LARGE: [u8; 16 << 20] = [1; 16 << 20];",
        SMALL_FILES,
    ),
];

/// Compiles all attacks in a jail, and one with a hostile output folder.
pub fn all(range: &mut Range, jail: &Jail) -> Cells {
    let mut cells: Cells = Vec::new();
    for (title, source, limits) in ATTACKS {
        let compiler = Compiler::new(range, source);
        let finished = compiler.run(range, jail, limits);
        // What was compiled without an error and read nothing is no harm.
        cells.push((title, cell(title, &finished)));
        assert_eq!(range.damage("no mark"), [""; 0], "{title}");
        let innocent = Compiler::new(range, "pub fn innocent() {}").run(range, jail, LIMITS);
        assert!(is_success(&innocent), "after {title}: {innocent:?}");
    }
    cells.push(("a symlink in the output folder", symlink_in_output(range, jail)));
    cells
}

/// A compiler, its source and its output folder.
struct Compiler {
    source: PathBuf,
    out: PathBuf,
}

impl Compiler {
    fn new(range: &Range, source: &str) -> Self {
        let folder = range.path("answer");
        let _ = fs::remove_dir_all(&folder);
        let out = folder.join("out");
        fs::create_dir_all(&out).expect("it is new");
        let quoted = |name: &str| format!("{:?}", range.path(name));
        let source = source.replace("SOLUTION", &quoted("outside/solution.rs"));
        let source = source.replace("= SECRET", &format!("= {}", quoted("outside/secret")));
        let file = folder.join("answer.rs");
        fs::write(&file, source).expect("the folder is new");
        Self { source: file, out }
    }

    fn run(&self, range: &Range, jail: &Jail, limits: Limits) -> Finished {
        let mut room = range.room();
        room.limits = limits;
        room.readable = LINKERS.map(PathBuf::from).into();
        room.readable.extend([range.sysroot().to_owned(), self.source.clone()]);
        room.writable = vec![self.out.clone()];
        room.environment = [("PATH".into(), "/usr/bin".into())].into();
        let rustc = range.sysroot().join("bin/rustc");
        let arguments: Vec<OsString> = vec![
            "--edition=2024".into(),
            "--crate-type=cdylib".into(),
            "--out-dir".into(),
            self.out.clone().into(),
            self.source.clone().into(),
        ];
        jail.run(&rustc, &arguments, &room, WATCH).expect("rustc runs")
    }
}

fn is_success(finished: &Finished) -> bool {
    matches!(&finished.end, End::Itself(status) if status.success())
}

fn cell(title: &str, finished: &Finished) -> String {
    let said = |words: &str| finished.stderr.contains(words);
    match &finished.end {
        End::AtLimit(used) => table::limit(used),
        End::Itself(status) if status.success() && title.contains("standard input") => {
            "it is empty".to_owned()
        }
        End::Itself(status) if status.success() => format!("{NOT_HELD}: it compiles"),
        End::Itself(_) if said("No such file") => "not there".to_owned(),
        End::Itself(_) if said("Permission denied") => "not permitted".to_owned(),
        End::Itself(_) if said("not defined at compile time") => "not there".to_owned(),
        End::Itself(_) if said("out of memory") => "limit on memory".to_owned(),
        End::Itself(_) if said("recursion limit") => "limit of rustc on recursion".to_owned(),
        End::Itself(_) => panic!("{title}: {finished:?}"),
    }
}

/// What an earlier call has left in the output folder may lead outside.
fn symlink_in_output(range: &mut Range, jail: &Jail) -> String {
    let compiler = Compiler::new(range, "pub fn innocent() {}");
    let secret = range.path("outside/secret");
    let owner = |path: &Path| fs::metadata(path).expect("it is there").uid();
    let before = owner(&secret);
    symlink(&secret, compiler.out.join("libanswer.so")).expect("the folder is new");
    symlink(range.path("outside"), compiler.out.join("outside")).expect("the folder is new");
    compiler.run(range, jail, LIMITS);
    assert_eq!(owner(&secret), before);
    let damage = range.damage("no mark");
    if damage.is_empty() {
        "not followed".to_owned()
    } else {
        format!("{NOT_HELD}: {}", damage.join(", "))
    }
}
