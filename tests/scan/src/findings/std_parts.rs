//! Which parts of std an answer may use.

use super::Weight;
use super::rules::{BUILD, NO_ASSEMBLY, PLACE};

pub(super) const TYPES: &str = "types are others where the checks explore an answer, and it has to \
                                do the same with them";
const MEMORY: &str = "an answer works in memory, and reads and writes no files";
const INPUT: &str = "an answer reads no input, what it needs comes as arguments; to print, there is \
                     `println!`";
const UNUSUAL: &str = "no answer that is known needs it";

/// The modules and macros that are harmless.
const HARMLESS: [&str; 82] = [
    "$",
    "*",
    "any",
    "array",
    "ascii",
    "assert",
    "assert_eq",
    "assert_ne",
    "bool",
    "borrow",
    "boxed",
    "cell",
    "char",
    "clone",
    "cmp",
    "collections",
    "column",
    "compile_error",
    "concat",
    "convert",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "default",
    "eprint",
    "eprintln",
    "error",
    "f32",
    "f64",
    "fmt",
    "format",
    "format_args",
    "future",
    "hash",
    "hint",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "io",
    "isize",
    "iter",
    "line",
    "marker",
    "matches",
    "mem",
    "num",
    "ops",
    "option",
    "panic",
    "pin",
    "prelude",
    "primitive",
    "print",
    "println",
    "ptr",
    "range",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "stringify",
    "sync",
    "task",
    "thread",
    "thread_local",
    "time",
    "todo",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "unimplemented",
    "unreachable",
    "usize",
    "vec",
    "write",
    "writeln",
];

/// What is said of a path in std, without its first name: the weight, how many names it is
/// about, and why.
pub(super) fn of(path: &[&str]) -> Option<(Weight, usize, &'static str)> {
    let refuse = |length, why| Some((Weight::Refused, length, why));
    let review = |length, why| Some((Weight::Review, length, why));
    match path {
        ["fs", ..] => refuse(1, MEMORY),
        ["path", ..] => refuse(1, "its methods look at files, and an answer works in memory"),
        ["process", "abort" | "exit", ..] => {
            refuse(2, "it ends the process, and with it the check; return, or panic")
        }
        ["process", ..] => refuse(1, "an answer starts no programs, and is none"),
        ["env", ..] => refuse(1, BUILD),
        ["net", ..] => refuse(1, "an answer opens no connections of its own"),
        ["os", ..] => refuse(1, "an answer does not talk to the operating system"),
        ["arch" | "intrinsics" | "simd", ..] => refuse(1, NO_ASSEMBLY),
        ["backtrace", ..] => refuse(1, PLACE),
        ["panic", "Location", ..] => refuse(2, PLACE),
        ["panic", "PanicHookInfo" | "PanicInfo" | "set_hook" | "take_hook" | "update_hook", ..] => {
            let why = "the checks see panics by a hook of their own; to catch one, there is \
                       `std::panic::catch_unwind`";
            refuse(2, why)
        }
        ["any", "TypeId" | "type_name" | "type_name_of_val", ..]
        | ["any", "Any", "type_id", ..] => refuse(path.len().min(3), TYPES),
        [.., "global_allocator"] => refuse(path.len(), "memory comes from where the checks say"),
        ["io", "Stdin" | "StdinLock" | "read_to_string" | "stdin", ..] => refuse(2, INPUT),
        [
            "io",
            "*" | "Error" | "ErrorKind" | "Result" | "Stderr" | "Stdout" | "Write" | "prelude"
            | "stderr" | "stdout",
            ..,
        ] => None,
        ["io", _, ..] => review(2, INPUT),
        [
            "mem",
            "align_of" | "align_of_val" | "needs_drop" | "offset_of" | "size_of" | "size_of_val",
            ..,
        ] => review(2, TYPES),
        [
            "panic",
            "*" | "AssertUnwindSafe" | "RefUnwindSafe" | "UnwindSafe" | "catch_unwind"
            | "panic_any" | "resume_unwind",
            ..,
        ] => None,
        ["panic", _, ..] => review(2, UNUSUAL),
        ["thread", "*" | "current", ..] => {
            review(2, "the name of a thread may say which check runs")
        }
        ["alloc", ..] => review(1, UNUSUAL),
        [part, ..] if HARMLESS.contains(part) => None,
        [] => None,
        // The macros that have rules of their own.
        [
            "asm" | "cfg" | "cfg_select" | "file" | "include" | "include_bytes" | "include_str"
            | "module_path" | "option_env",
        ] => None,
        _ => review(1, UNUSUAL),
    }
}
