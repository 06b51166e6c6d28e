//! Finds what an answer takes from elsewhere than `crate::sync` and tokio: what blocks a thread,
//! follows another clock, or cannot be seen by the explorer.
//!
//! The answer is read as a syntax tree. Names are resolved by the answer's own imports and no
//! further, which is enough for what people write.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, ExprMethodCall, ItemFn, ItemMod, ItemUse, Macro, Path, UseTree};

use explorer::Answer;
use schedule::{Cause, Outcome, Status};

use crate::answer::{self, Allowed};

/// Something that an answer takes from elsewhere.
#[derive(Clone, Debug, PartialEq)]
struct Bypass {
    line: usize,
    /// What the line does: "calls `std::thread::sleep`".
    what: String,
    /// Why that is a mistake, and what to write instead.
    instead: String,
    effect: Effect,
    /// Whether the explorer cannot see it.
    unseen: bool,
}

/// What it does to a check, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// It can block a thread.
    Blocks,
    /// It reads a clock that tokio does not control.
    RealTime,
    /// It does what the one from `crate::sync` does.
    Same,
}

/// Fails a check that is to be explored if the explorer cannot see all that the answer does.
pub(crate) fn refusal(answer: Answer, allowed: Allowed) -> Option<Outcome> {
    let found = find(answer.text, allowed);
    found.iter().any(|bypass| bypass.unseen).then(|| {
        let shown = found.iter().filter(|bypass| bypass.unseen || bypass.effect == Effect::Blocks);
        let lines: Vec<String> = shown.map(|bypass| bypass.in_words(answer.file)).collect();
        let message = format!("{}\nnot explored: the explorer cannot see this", lines.join("\n"));
        Outcome::new(Status::Failed, message).because(Cause::Bypass)
    })
}

/// What most likely keeps the check of this process from ending, in words for the learner.
pub(crate) fn likely_cause_of_a_hang() -> Option<String> {
    let (answer, allowed) = answer::get()?;
    let found = find(answer.text, allowed);
    let likely = found.into_iter().find(|bypass| bypass.effect != Effect::Same)?;
    Some(likely.in_words(answer.file))
}

impl Bypass {
    fn in_words(&self, file: &str) -> String {
        format!("{file}:{} {}: {}", self.line, self.what, self.instead)
    }
}

/// Everything that is found, the most telling first, then by line.
fn find(text: &str, allowed: Allowed) -> Vec<Bypass> {
    // The answer has been compiled, so it parses. If syn does not know the newest syntax, the
    // answer is judged without this.
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    let mut imports = Imports::default();
    imports.visit_file(&file);
    let mut finder = Finder {
        allowed,
        has_condvar: text.contains("Condvar"),
        imports: imports.0,
        found: BTreeMap::new(),
    };
    finder.imported();
    finder.visit_file(&file);
    let mut found: Vec<Bypass> = finder.found.into_values().collect();
    found.sort_by(|a, b| (a.effect, a.line, &a.what).cmp(&(b.effect, b.line, &b.what)));
    found
}

/// What the names that an answer imports stand for, and the line of the import.
#[derive(Default)]
struct Imports(BTreeMap<String, (Vec<String>, usize)>);

impl Imports {
    fn add(&mut self, name: String, path: Vec<String>, span: Span) {
        self.0.insert(name, (path, span.start().line));
    }

    fn look_into(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.look_into(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) if name.ident == "self" => {
                let module = before.last().cloned().unwrap_or_default();
                self.add(module, before.to_vec(), name.ident.span());
            }
            UseTree::Name(name) => {
                let last = name.ident.to_string();
                self.add(last.clone(), with(last), name.ident.span());
            }
            UseTree::Rename(rename) => {
                let path = with(rename.ident.to_string());
                self.add(rename.rename.to_string(), path, rename.ident.span());
            }
            // No name is `a::*`, so one of these does not hide another import.
            UseTree::Glob(glob) => {
                let path = with("*".to_owned());
                self.add(path.join("::"), path, glob.star_token.spans[0]);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.look_into(before, tree));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.look_into(&[], &item.tree);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }
}

/// Whether an item is compiled only for the answer's own tests.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

struct Finder {
    allowed: Allowed,
    /// Whether methods called `wait` may be those of a condition variable.
    has_condvar: bool,
    imports: BTreeMap<String, (Vec<String>, usize)>,
    /// By the full path or the method, each where it is met first.
    found: BTreeMap<String, Bypass>,
}

impl Finder {
    /// Types, and all that a module has, count where they are imported.
    fn imported(&mut self) {
        let imports: Vec<_> = self.imports.values().cloned().collect();
        for (path, line) in imports {
            let last = path.last().map_or("", String::as_str);
            if last == "*" || last.starts_with(char::is_uppercase) {
                self.add(&path, line);
            }
        }
    }

    fn path(&mut self, names: &[String], span: Span) {
        let Some((first, rest)) = names.split_first() else { return };
        let imported = self.imports.get(first).cloned();
        let full = match &imported {
            Some((path, _)) => [path, rest].concat(),
            None => names.to_vec(),
        };
        // A type is shown where it is imported, a function where it is called.
        let is_type = |name: &String| name.starts_with(char::is_uppercase);
        let line = match imported {
            Some((path, line)) if path.iter().any(is_type) => line,
            _ => span.start().line,
        };
        self.add(&full, line);
    }

    fn add(&mut self, path: &[String], line: usize) {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        if let Some((used, what, instead, effect, unseen)) = rule(&names, self.allowed) {
            let bypass = Bypass { line, what, instead, effect, unseen };
            self.found.entry(used).or_insert(bypass);
        }
    }

    fn method(&mut self, name: &str, has_arguments: bool, span: Span) {
        let async_twin = |verb: &str| format!("call `{verb}` and `.await` it");
        let (what, instead) = match name {
            "wait" | "wait_while" | "wait_timeout" | "wait_timeout_while"
                if has_arguments && self.has_condvar =>
            {
                let advice = "store the waker and return `Poll::Pending`";
                ("waits on a `Condvar`".to_owned(), format!("{POLL_BLOCKS}, {advice}"))
            }
            "block_on" => (
                "calls `block_on`".to_owned(),
                format!("{POLL_BLOCKS}, `.await` the future instead"),
            ),
            "blocking_recv" | "blocking_send" | "blocking_lock" | "blocking_read"
            | "blocking_write" | "blocking_recv_many" => (
                format!("calls `{name}`"),
                format!("{POLL_BLOCKS}, {}", async_twin(&name["blocking_".len()..])),
            ),
            "spawn_blocking" => (format!("calls `{name}`"), NO_BLOCKING_TASKS.to_owned()),
            _ => return,
        };
        let line = span.start().line;
        let bypass = Bypass { line, what, instead, effect: Effect::Blocks, unseen: false };
        self.found.entry(format!(".{name}")).or_insert(bypass);
    }

    /// The paths and method calls in the tokens of a macro, `select!` for example.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut names: Vec<String> = Vec::new();
        let mut start = Span::call_site();
        let mut tokens = tokens.into_iter().peekable();
        let mut after_dot = false;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) => {
                    if names.is_empty() {
                        start = ident.span();
                    }
                    let arguments = match tokens.peek() {
                        Some(TokenTree::Group(group))
                            if group.delimiter() == Delimiter::Parenthesis =>
                        {
                            Some(!group.stream().is_empty())
                        }
                        _ => None,
                    };
                    if let (true, Some(has_arguments)) = (after_dot, arguments) {
                        self.method(&ident.to_string(), has_arguments, ident.span());
                    }
                    names.push(ident.to_string());
                    after_dot = false;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !names.is_empty() => continue,
                TokenTree::Punct(punct) => after_dot = punct.as_char() == '.',
                TokenTree::Group(group) => {
                    self.path(&names, start);
                    names.clear();
                    self.tokens(group.stream());
                    after_dot = false;
                }
                TokenTree::Literal(_) => after_dot = false,
            }
            self.path(&names, start);
            names.clear();
        }
        self.path(&names, start);
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    // Its names are looked at where they are used.
    fn visit_item_use(&mut self, _: &'ast ItemUse) {}

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.path(&names, first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let has_arguments = !Punctuated::is_empty(&call.args);
        self.method(&call.method.to_string(), has_arguments, call.method.span());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.tokens(called.tokens.clone());
    }
}

const POLL_BLOCKS: &str = "a poll must not block its thread";
const NO_BLOCKING_TASKS: &str =
    "its closure cannot be cancelled and holds a thread, use `tokio::spawn` with an async block";

/// What is said of a path, if it leads past `crate::sync` and tokio: the part of the path that it
/// is about, what the line does, what to do instead, the effect, and whether it is unseen.
fn rule(path: &[&str], allowed: Allowed) -> Option<(String, String, String, Effect, bool)> {
    let tokio = allowed == Allowed::Tokio;
    let instead = |with_tokio: &str, without: &str| match tokio {
        true => format!("use `{with_tokio}`"),
        false => without.to_owned(),
    };
    let pending = "store the waker and return `Poll::Pending`";
    let blocks = |advice: String| format!("{POLL_BLOCKS}, {advice}");
    let (length, verb, instead, effect, unseen) = match path {
        ["std" | "core", "sync", "atomic", "Ordering", ..] => return None,
        ["std" | "core", "sync", "atomic", name, ..] => {
            (4, "uses", format!("use `crate::sync::atomic::{name}`"), Effect::Same, true)
        }
        ["std" | "core", "sync", "*"] => {
            let advice = "import each name, from `crate::sync` what is there".to_owned();
            (3, "imports", advice, Effect::Same, true)
        }
        [
            "std",
            "sync",
            name @ ("Mutex" | "MutexGuard" | "RwLock" | "RwLockReadGuard" | "RwLockWriteGuard"
            | "Condvar"),
            ..,
        ] => (3, "uses", format!("use `crate::sync::{name}`"), Effect::Same, true),
        ["std", "sync", "Barrier", ..] => {
            (3, "uses", blocks(instead("tokio::sync::Barrier", pending)), Effect::Blocks, true)
        }
        ["std", "sync", "mpsc", ..] => {
            let without = "use `crate::sync::mpsc`";
            (3, "uses", blocks(instead("tokio::sync::mpsc", without)), Effect::Blocks, true)
        }
        ["std", "thread", "sleep", ..] => {
            let advice = blocks(instead("tokio::time::sleep(..).await", pending));
            (3, "calls", advice, Effect::Blocks, true)
        }
        ["std", "thread", "park" | "park_timeout", ..] => {
            (3, "calls", blocks(pending.to_owned()), Effect::Blocks, true)
        }
        ["std", "thread", "yield_now", ..] => {
            let advice = instead("tokio::task::yield_now().await", pending);
            (3, "calls", advice, Effect::Same, true)
        }
        ["std", "thread", "spawn" | "scope" | "Builder", ..] => {
            let without = "leave threads to the caller";
            (3, "uses", instead("tokio::spawn", without), Effect::Same, true)
        }
        ["std", "thread", "current" | "*", ..] => {
            let advice = "a task may run on any thread".to_owned();
            (3, "uses", advice, Effect::Same, true)
        }
        ["std", "time", "Instant" | "SystemTime", ..] if tokio => {
            let advice = "it does not follow the clock of tokio, use `tokio::time::Instant`";
            (3, "uses", advice.to_owned(), Effect::RealTime, false)
        }
        ["tokio", "task", "spawn_blocking" | "block_in_place", ..] if tokio => {
            (3, "calls", NO_BLOCKING_TASKS.to_owned(), Effect::Blocks, false)
        }
        ["futures", "executor", "block_on", ..] => {
            let advice = "`.await` the future instead".to_owned();
            (3, "calls", blocks(advice), Effect::Blocks, false)
        }
        ["tokio", "sync", "mpsc", ..] if !tokio => {
            (3, "uses", "use `crate::sync::mpsc`".to_owned(), Effect::Same, true)
        }
        ["tokio", ..] if !tokio && path.len() > 1 => {
            let advice = "build on `crate::sync` and `std::task`".to_owned();
            (path.len(), "uses", advice, Effect::Same, true)
        }
        _ => return None,
    };
    let used = path[..length.min(path.len())].join("::");
    Some((used.clone(), format!("{verb} `{used}`"), instead, effect, unseen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, allowed: Allowed) -> Vec<String> {
        find(text, allowed)
            .iter()
            .map(|bypass| format!("{} {}", bypass.line, bypass.what))
            .collect()
    }

    #[test]
    fn imports_and_paths_are_found_by_line() {
        let text = "use std::sync::{Arc, Mutex};\n\
                    struct A { n: std::sync::atomic::AtomicUsize, m: Mutex<u8> }\n\
                    fn f() { std::thread::spawn(|| ()); tokio::task::yield_now(); }";
        let expected = [
            "1 uses `std::sync::Mutex`",
            "2 uses `std::sync::atomic::AtomicUsize`",
            "3 uses `std::thread::spawn`",
            "3 uses `tokio::task::yield_now`",
        ];
        assert_eq!(found(text, Allowed::Std), expected);
    }

    #[test]
    fn names_are_resolved_by_the_imports() {
        let text = "use std::sync::Mutex as Lock;\nuse std::thread::{self, sleep};\n\
                    use std::sync;\nfn f() {\nsleep(d); thread::park();\nsync::mpsc::channel() }";
        let expected = [
            "5 calls `std::thread::park`",
            "5 calls `std::thread::sleep`",
            "6 uses `std::sync::mpsc`",
            "1 uses `std::sync::Mutex`",
        ];
        assert_eq!(found(text, Allowed::Tokio), expected);
        assert_eq!(found("use std::sync::*;", Allowed::Std), ["1 imports `std::sync::*`"]);
    }

    #[test]
    fn calls_inside_macros_are_found() {
        let text = "use std::thread;\nasync fn f() { select! {\n\
                    x = a => thread::sleep(d),\n_ = b.blocking_recv() => x } }";
        let expected = ["3 calls `std::thread::sleep`", "4 calls `blocking_recv`"];
        assert_eq!(found(text, Allowed::Tokio), expected);
    }

    #[test]
    fn what_the_explorer_does_not_need_to_see_is_left_alone() {
        let text = "use std::sync::{Arc, Weak, PoisonError, LockResult, atomic::Ordering};\n\
                    use crate::sync::{Mutex, atomic::AtomicUsize, mpsc};\n\
                    fn f() -> bool { std::thread::panicking() }";
        assert_eq!(found(text, Allowed::Std), [""; 0]);
        assert_eq!(found("use tokio::time::sleep;", Allowed::Tokio), [""; 0]);
    }

    #[test]
    fn the_tests_of_an_answer_may_use_anything() {
        let text = "#[cfg(test)] mod tests { use std::sync::Mutex; fn f() { std::thread::spawn(g) } }\n\
                    #[test] fn a() { std::thread::sleep(d) }";
        assert_eq!(found(text, Allowed::Std), [""; 0]);
    }

    #[test]
    fn what_blocks_comes_first_and_says_what_to_write_instead() {
        let text = "use std::sync::{Condvar, Mutex};\nfn f() {\nc.wait(g); b.wait() }";
        let answer = Answer { file: "src/semaphore.rs", text };
        let refusal = refusal(answer, Allowed::Std).expect("the explorer cannot see `Condvar`");
        assert_eq!(refusal.cause, Some(Cause::Bypass));
        let expected = "src/semaphore.rs:3 waits on a `Condvar`: a poll must not block its thread, \
                        store the waker and return `Poll::Pending`\n\
                        src/semaphore.rs:1 uses `std::sync::Condvar`: use `crate::sync::Condvar`\n\
                        src/semaphore.rs:1 uses `std::sync::Mutex`: use `crate::sync::Mutex`\n\
                        not explored: the explorer cannot see this";
        assert_eq!(refusal.message.as_deref(), Some(expected));
    }

    #[test]
    fn the_replacement_fits_what_the_answer_may_use() {
        let instead = |text, allowed| {
            let found = find(text, allowed);
            found.into_iter().next().expect("it is found").instead
        };
        let channel = "use std::sync::mpsc::Sender;";
        assert!(instead(channel, Allowed::Tokio).ends_with("use `tokio::sync::mpsc`"));
        assert!(instead(channel, Allowed::Std).ends_with("use `crate::sync::mpsc`"));
        let sleep = "fn f() { std::thread::sleep(d) }";
        assert!(instead(sleep, Allowed::Tokio).ends_with("use `tokio::time::sleep(..).await`"));
        assert!(instead(sleep, Allowed::Std).ends_with("return `Poll::Pending`"));
    }

    #[test]
    fn a_blocking_call_alone_is_explored() {
        let text = "use crate::sync::Condvar;\nfn f() { c.wait(g); h.block_on(x) }";
        let answer = Answer { file: "src/semaphore.rs", text };
        assert_eq!(refusal(answer, Allowed::Std), None);
        let expected = ["2 calls `block_on`", "2 waits on a `Condvar`"];
        assert_eq!(found(text, Allowed::Std), expected);
    }
}
