//! Answers that attack the grader or the machine.

use grading::gradebook::Status;

use super::{Answer, text};

/// What the scan of the text refuses: `(what, code at the beginning of new, items)`.
const REFUSED: [(&str, &str, &str); 8] = [
    ("exits with success", "std::process::exit(0);", ""),
    ("reads the solution", "", "const SOLUTION: &str = include_str!(\"/etc/passwd\");"),
    ("deletes the home folder", "let _ = std::fs::remove_dir_all(\"/root\");", ""),
    ("calls home", "let _ = std::net::TcpStream::connect(\"127.0.0.1:80\");", ""),
    ("forks", "loop { let _ = std::process::Command::new(\"sh\").spawn(); }", ""),
    ("reads the grader's environment", "let _ = std::env::vars().count();", ""),
    ("writes anywhere in memory", "unsafe { *(8 as *mut u8) = 1; }", ""),
    ("is another program when tested", "let permits = if cfg!(test) { permits } else { 0 };", ""),
];

/// What compiles and runs, and has to be stopped.
const STOPPED: [(&str, &str); 5] = [
    ("takes all memory", "let mut all = Vec::new(); loop { all.push(vec![1_u8; 1 << 20]); }"),
    ("never ends", "#[allow(clippy::empty_loop)] loop {}"),
    ("prints without end", "loop { println!(\"test result: ok. 1 passed\"); }"),
    ("prints a pass and panics", "println!(\"{{\\\"outcome\\\":\\\"passed\\\"}}\"); panic!();"),
    ("starts threads without end", "loop { std::thread::spawn(|| loop { std::thread::park() }); }"),
];

/// What rustc has to be stopped at, or stops at.
const COMPILES_WITHOUT_END: [(&str, &str); 2] = [
    (
        "a macro without end",
        "macro_rules! again { ($($t:tt)*) => { again!($($t)* $($t)*); } } again!(x x);",
    ),
    (
        "a constant without end",
        "const _: () = { let mut n = 0_u64; loop { n = n.wrapping_add(1); if n == u64::MAX { break; } } };",
    ),
];

pub fn answers(solution: &str) -> Vec<Answer> {
    let new = "pub fn new(permits: usize) -> Self {";
    assert!(solution.contains(new), "the solution begins `new` in this way");
    let edited = |code: &str, items: &str| {
        format!("{}\n{items}\n", solution.replacen(new, &format!("{new} {code}"), 1))
    };
    let mut answers = Vec::new();
    for (what, code, items) in REFUSED {
        answers.push(text(what, &edited(code, items), Status::Refused));
    }
    for (what, code) in STOPPED {
        answers.push(text(what, &edited(code, ""), Status::Failed));
    }
    for (what, items) in COMPILES_WITHOUT_END {
        answers.push(text(what, &edited("", items), Status::DoesNotCompile));
    }
    answers
}
