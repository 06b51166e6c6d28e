//! What must not get past the scan. Each text says by `//~ refused` and `//~ review` which of its
//! lines are found.

mod marked;

use marked::check;

#[test]
fn files_and_the_record_of_the_check() {
    check(
        r#"
        use std::fs; //~ refused
        fn nonce() -> String {
            let memory = fs::read("/proc/self/mem").unwrap();
            String::from_utf8_lossy(&memory).into_owned()
        }
        "#,
    );
    check(
        r#"
        fn request() -> String {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap(); //~ refused
            line
        }
        "#,
    );
    check("use std::io;\nfn f() { io::stdin(); } //~ refused");
    check("fn f() { std::path::Path::new(\"/proc\").read_dir(); } //~ refused");
    check("fn f() { tokio::fs::read(\"x\"); } //~ refused");
    check("fn f() { std::os::fd::AsFd::as_fd(&x); } //~ refused");
}

#[test]
fn a_trait_without_a_name_is_found_where_it_is_imported() {
    check("fn f() { let _ = 1; }\nuse std::io::Read as _; //~ review");
}

#[test]
fn the_process_and_its_environment() {
    check("fn f() { std::process::exit(0); } //~ refused");
    check("fn f() { std::process::abort(); } //~ refused");
    check("use std::process::Command; //~ refused");
    check("fn f() { std::env::args(); } //~ refused");
    check("const KEY: &str = env!(\"KEY\"); //~ refused");
    check("const KEY: Option<&str> = option_env!(\"KEY\"); //~ refused");
    check("fn f() { std::net::TcpStream::connect(\"a\"); } //~ refused");
    check("fn f() { tokio::net::TcpStream::connect(\"a\"); } //~ refused");
    check("fn f() { ollama::Client::from_env(); } //~ review");
}

#[test]
fn panics_are_seen_by_the_hook_of_the_checks() {
    check("fn f() { std::panic::set_hook(Box::new(|_| ())); } //~ refused");
    check("use std::panic;\nfn f() {\n    let hook = panic::take_hook(); //~ refused\n}");
    check("use std::panic::*;\nfn f() {\n    set_hook(hook); //~ refused\n}");
}

#[test]
fn the_program_decides_who_hears_of_events() {
    check("fn f() { tracing::subscriber::set_global_default(s); } //~ refused");
    check("use tracing::dispatcher; //~ refused\nfn f() { dispatcher::get_default(g); }");
    check("use tracing::Subscriber; //~ refused\nstruct S;\nimpl Subscriber for S {}");
    check("fn f() { tracing::callsite::rebuild_interest_cache(); } //~ review");
}

#[test]
fn other_files_and_other_code() {
    check("const SOLUTION: &str = include_str!(\"../solution.rs\"); //~ refused");
    check("const BYTES: &[u8] = include_bytes!(concat!(\"/etc\", \"/passwd\")); //~ refused");
    check("#[doc = include_str!(\"x\")] //~ refused\nstruct A;");
    check("mod a { include!(\"../../solution.rs\"); } //~ refused");
    check("#[path = \"../../solution.rs\"] //~ refused\nmod a {}");
    check("mod other; //~ refused");
    check("extern crate alloc; //~ refused");
    check("extern crate std as tokio; //~ refused");
    check("extern \"C\" { //~ refused\n    fn getenv(name: *const u8);\n}");
    check("#[unsafe(no_mangle)] //~ refused\npub fn malloc() {}");
    check("#[link_section = \".init_array\"] //~ refused\nstatic F: fn() = f;");
    check("#[global_allocator] //~ refused\nstatic A: Mine = Mine;");
    check("fn f() { unsafe { g() } } //~ refused");
    check("unsafe impl Send for A {} //~ refused");
    check("core::arch::global_asm!(\"\"); //~ refused");
    check("#[macro_export] //~ refused\nmacro_rules! assert_eq { () => {} } //~ review");
}

#[test]
fn what_tells_the_worlds_apart() {
    check("#[cfg(test)] //~ refused\nconst EXPLORED: bool = true;");
    check("#[cfg(not(test))] //~ refused\nconst EXPLORED: bool = false;");
    check("fn f() -> bool { cfg!(test) } //~ refused");
    check("fn f() -> bool { cfg_select! { test => { true } _ => { false } } } //~ refused");
    check("#[cfg_attr(test, derive(Clone))] //~ refused\nstruct A;");
    check("#[cfg(unexplored)] //~ refused\nfn f() {}");
    check("#[cfg(debug_assertions)] //~ review\nfn f() {}");
    check("use std::any::type_name; //~ refused\nfn f() { type_name::<A>(); }");
    check("fn f() { core::any::type_name_of_val(&f); } //~ refused");
    check("use std::any;\nfn f() {\n    any::TypeId::of::<A>(); //~ refused\n}");
    check("use std::any::Any;\nfn f() {\n    a.type_id(); //~ refused\n}");
    check("use std::any::Any;\nfn f() {\n    Any::type_id(&a); //~ refused\n}");
    check("fn f() { file!().contains(\"tests\"); } //~ refused");
    check("fn f() { module_path!(); } //~ refused");
    check("#[track_caller]\nfn f() {\n    std::panic::Location::caller().file(); //~ refused\n}");
    check("use std::panic::Location as Place; //~ refused\nfn f() { Place::caller(); }");
    check("fn f() { std::backtrace::Backtrace::force_capture(); } //~ refused");
    check("fn f() { size_of::<crate::sync::Mutex<()>>() == 8 } //~ review");
    check("fn f() { std::thread::current().name(); } //~ review");
}

#[test]
fn the_checks_and_what_they_run_on() {
    check("use crate::checks; //~ refused");
    check("use super::instrumented; //~ refused");
    check("mod a { fn f() { super::super::checks::g() } } //~ refused");
    check("use crate::*; //~ refused");
    check("use super::*; //~ refused");
    check("use crate as root; //~ refused");
    check("use super as root; //~ refused");
    check("fn f() { harness::block_on(a); } //~ refused");
    check("fn f() { real_tokio::spawn(a); } //~ refused");
    check("fn f() { tokio::time::advance(a); } //~ refused");
    check("use tokio::time::*;\nfn f() {\n    pause(); //~ refused\n}");
    check("use crate::Semaphore; //~ review");
}

#[test]
fn names_that_hide_a_crate() {
    check("mod std { pub use core::*; } //~ refused");
    check("mod tokio {} //~ refused");
    check("use self::mine as tokio; //~ refused\nmod mine {}");
    check("struct core; //~ refused");
    check("use tokio::main as test; //~ refused");
}

#[test]
fn std_by_another_name() {
    check("use std as s; //~ refused\nfn f() {\n    s::fs::read(\"x\"); //~ refused\n}");
    check("use std::{self as s}; //~ refused");
    check("use ::std as s; //~ refused");
    check("use core as c; //~ refused");
    check("use ::std::fs; //~ refused");
    check("use std::*; //~ refused\nfn f() {\n    fs::read(\"x\"); //~ refused\n}");
    check("use r#std::r#fs; //~ refused");
    check("use std::{sync::Arc, fs::{self, File}, mem}; //~ refused");
    check("use std::{\n    sync::Arc,\n    fs::File, //~ refused\n};");
    check("fn f() { std::<>::fs::read(\"x\"); } //~ refused");
    check("fn f(a: std<>::fs::File) {} //~ refused");
    check("fn f() { < std :: fs :: File as Read > :: read(a); } //~ refused");
    check("fn f() { std :: /* a */ //~ refused\n fs :: read(\"x\"); }");
}
