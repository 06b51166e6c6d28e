//! What somebody might try who has read the scan.

mod marked;

use std::fmt::Write;

use marked::check;

#[test]
fn a_first_line_that_rustc_leaves_out() {
    // Read as tokens, all of this is one string.
    check("#!/usr/bin/env \" //~ refused\nuse std::fs;\nfn f() { fs::read(x) }\n// \"");
    check("\u{feff}#! \" //~ refused\nuse std::fs;\n// \"");
    check("--- \" //~ refused\n---\nuse std::fs;\n// \"");
    check("#![allow(dead_code)]");
    check("#! [allow(dead_code)]");
}

#[test]
fn imports_of_imports() {
    check(
        "use std::panic as p;
        mod a { pub use super::p as q; }
        mod b { pub use super::a::q as r; }
        fn f() { b::r::set_hook(hook); } //~ refused",
    );
    check(
        "mod a { pub use std::panic as p; }
        use a::*;
        fn f() { p::set_hook(hook); } //~ refused",
    );
    check(
        "mod a { pub use std::panic as p; }
        use a::p::*;
        fn f() { set_hook(hook); } //~ refused",
    );
    // One name that means different things in two scopes.
    check(
        "fn f() { use std::panic as p; p::set_hook(hook); } //~ refused
        fn g() { use std::pin as p; p::pin!(a); } //~ review",
    );
    check("fn f() { use std::pin as p; }\nuse p::set_hook; //~ refused\nuse std::panic as p;");
}

#[test]
fn imports_without_an_end() {
    // A function that has the name of its module is nothing special.
    check("mod retry { pub fn retry() {} }\nuse retry::retry;\nfn f() { retry() }");
    let mut text = "fn f() { a::a::a::a() } //~ refused\n".to_owned();
    for number in 0..40 {
        let _ = writeln!(text, "use b{number}::a::a as a;");
    }
    check(&text);
    let long = "a::".repeat(20);
    check(&format!("use {long}b; //~ refused"));
    check(&format!("fn f() {{ {long}b() }} //~ refused"));
}

#[test]
fn brackets_without_an_end() {
    for depth in [200, 100_000] {
        check(&format!("fn f() {{ {}1{} }} //~ refused", "(".repeat(depth), ")".repeat(depth)));
    }
}

#[test]
fn macros_of_std_by_another_name() {
    check("use std::include_str as i; //~ refused\nconst A: &str = i!(\"x\");");
    check("use include_str as i; //~ refused");
    check("use std::prelude::v1::include_bytes as i; //~ refused");
    check("use std::env as e; //~ refused\nconst A: &str = e!(\"x\");");
    check("use file as f; //~ refused");
    check(
        "use core::prelude::rust_2024::global_allocator as g; //~ refused\n#[g] //~ review\nstatic A: B = B;",
    );
}

#[test]
fn paths_that_a_macro_puts_together() {
    check(
        "macro_rules! call { //~ review
            ($a:ident, $b:ident) => { std::$a::$b(0) }; //~ refused
        }
        fn f() { call!(process, exit) }",
    );
    check(
        "macro_rules! call { //~ review
            ($a:ident, $b:ident, $c:ident) => { $a::$b::$c(0) }; //~ refused
        }
        fn f() { call!(std, process, exit) } //~ refused",
    );
    check(
        "macro_rules! call { //~ review
            ($a:ident) => { $a::process::exit(0) }; //~ refused
        }
        fn f() { call!(std) } //~ refused",
    );
    check(
        "macro_rules! call { //~ review
            ($($a:ident)*) => { $($a)::* (0) };
        }
        fn f() { call!(std process exit) } //~ refused",
    );
    check(
        "macro_rules! call { //~ review
            ($a:ident $b:tt $c:ident) => { $a $b $c $b exit(0) };
        }
        fn f() { call!(std :: process) } //~ refused",
    );
    check(
        "macro_rules! call { //~ review
            ($($a:ident)*) => { std::$($a)::*(0) }; //~ refused
        }",
    );
    check(
        "macro_rules! import { //~ review
            ($a:ident) => { use std::{$a as a}; }; //~ refused
        }",
    );
    check(
        "macro_rules! import { //~ review
            () => { use std::{fs as a}; }; //~ refused
        }",
    );
    check(
        "macro_rules! call { //~ review
            ($a:ident) => { $a!(\"x\") }; //~ refused
        }
        const A: &str = call!(include_str); //~ refused",
    );
    check(
        "macro_rules! item { //~ review
            ($(#[$a:meta])* $b:item) => { $(#[$a])* $b };
        }
        item!(#[cfg(test)] fn f() {}); //~ refused",
    );
    check(
        "macro_rules! item { //~ review
            ($a:meta) => { #[$a] fn f() {} };
        }
        item!(cfg(test)); //~ refused",
    );
    check(
        "macro_rules! call { //~ review
            () => { $crate::checks::f() }; //~ refused
        }",
    );
    check(
        "mod a { macro_rules! call { //~ review
            () => { super::instrumented::f() }; //~ refused
        } }",
    );
}

#[test]
fn code_in_places_where_nobody_looks() {
    check("fn f() { tokio::select! { _ = async { use std::fs; } => {} } } //~ refused");
    check("fn f() { println!(\"{}\", std::process::id()); } //~ refused");
    check("struct A<const N: usize = { std::mem::drop(std::env::args()); 1 }>; //~ refused");
    check("enum A { B = std::env::args().count() as isize } //~ refused");
    check("fn f() { for n in 0..std::process::id() {} } //~ refused");
    check("fn f() { match n { 0..=std::process::A => {} } } //~ refused");
    check("fn f() { let g = ||std::process::abort(); } //~ refused");
    check("fn f() { 'a: loop { break 'a std::process::abort() } } //~ refused");
    check("fn f() { a.b::<std::process::Command>(); } //~ refused");
    check("fn f() { a as std::os::fd::RawFd; } //~ refused");
    check("fn f<'a>() -> impl Send + use<'a> { std::process::abort() } //~ refused");
    check("fn f() where A<{ std::process::abort() }>: B {} //~ refused");
    check("fn f(a: bool) { a!=std::process::abort() } //~ refused");
    check("impl A { const B: u32 = std::process::C; } //~ refused");
    check("#[must_use = env!(\"A\")] //~ refused\nfn f() {}");
    check("fn f() { if a { b } else { c }::std::process::abort() } //~ refused");
}

#[test]
fn identifiers_that_look_like_keywords() {
    check("fn r#use(a: ()) {}\nfn f() { r#use(std::process::abort()); } //~ refused");
    check("fn f() { r#mod! a { std::process::abort() } } //~ refused");
    check(
        "struct r#mod;\n#[cfg(test)] //~ refused\nimpl A for r#mod where { const B: bool = true; } //~ refused",
    );
}

#[test]
fn code_for_tests_that_changes_the_answer() {
    // In tests, `tests` is the module of tests; elsewhere it is the one in `a`.
    check(
        "mod a { pub mod tests { pub const EXPLORED: bool = false; } }
        use a::*;
        #[cfg(test)]
        mod tests { pub const EXPLORED: bool = true; }
        fn f() -> bool { tests::EXPLORED } //~ refused",
    );
    check("#[cfg(test)]\nmod tests { pub use std::mem as a; }\nuse self::tests::a; //~ refused");
    check(
        "#[cfg(test)]
        mod tests {
            impl super::Semaphore { fn explored() -> bool { true } } //~ refused
        }",
    );
    check(
        "#[cfg(test)]
        mod tests {
            use super::*;
            impl Explored for Semaphore { const YES: bool = true; } //~ refused
        }",
    );
    check(
        "#[cfg(test)]
        mod tests {
            fn f() { struct Semaphore; }
            impl Explored for Semaphore { const YES: bool = true; } //~ refused
        }",
    );
    check(
        "#[cfg(test)]
        mod tests {
            struct A;
            impl<A> Explored for A { const YES: bool = true; } //~ refused
            impl<T> Explored for Vec<T> { const YES: bool = true; }
            impl Explored for &A { const YES: bool = true; }
        }",
    );
    check(
        "#[cfg(test)]
        mod tests {
            type A = super::Semaphore;
            impl A { const YES: bool = true; } //~ refused
        }",
    );
    check(
        "#[cfg(test)]
        mod tests {
            #[test]
            fn f() { assert!({ impl super::Explored for super::A {} true }); } //~ refused
        }",
    );
    check("#[cfg(test)] #[macro_use] //~ refused\nmod tests { macro_rules! a { () => {} } }");
    check(
        "#[cfg(test)] //~ refused\nimpl Semaphore { fn explored() -> bool { true } } //~ refused",
    );
    check("#[cfg(test)] //~ refused\nuse std::sync::Mutex;");
    check(
        "#[test] //~ review
fn f() { impl Explored for Semaphore {} } //~ refused",
    );
    check("#[test] //~ review\nfn explored() -> Result<(), ()> { Ok(()) }");
    check("#[cfg(test)]\nmod tests { use std::fs; } //~ refused");
}

#[test]
fn a_text_that_is_no_rust() {
    check("fn f() {\n    let a = \"b; //~ review\n}\n");
    check("fn f() { //~ review");
    check("fn f() ) {} //~ review");
    // What is made of Rust's tokens is read, whether or not it parses.
    check("fn fn fn { use std::fs; } //~ refused");
}
