//! Reads an answer as a syntax tree. Names are resolved by the answer's own imports and no
//! further, which is enough for what people write.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ExprMethodCall, Fields, ItemFn, ItemMod, ItemUse, Macro, Path, UseTree};

use super::{Bypass, rules};
use crate::answer::Allowed;

/// Everything that is found, the most telling first, then by line.
pub(super) fn find(text: &str, allowed: Allowed) -> Vec<Bypass> {
    // The answer has been compiled, so it parses. If syn does not know the newest syntax, the
    // answer is judged without this.
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    let mut imports = Imports::default();
    imports.visit_file(&file);
    let mut finder = Finder {
        allowed,
        has_condvar: text.contains("Condvar"),
        imports: imports.0,
        in_fields: false,
        found: BTreeMap::new(),
    };
    finder.imported();
    finder.visit_file(&file);
    let mut found: Vec<Bypass> = finder.found.into_values().collect();
    found.sort_by(|a, b| {
        (a.rule.effect, a.line, &a.rule.what).cmp(&(b.rule.effect, b.line, &b.rule.what))
    });
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
    in_fields: bool,
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
        let of_field = rules::of_field(&names, self.allowed).filter(|_| self.in_fields);
        if let Some((used, rule)) = of_field.or_else(|| rules::of_path(&names, self.allowed)) {
            self.found.entry(used).or_insert(Bypass { line, rule });
        }
    }

    fn method(&mut self, name: &str, has_arguments: bool, span: Span) {
        // `wait` without an argument is the method of something else.
        let is_wait = name.starts_with("wait");
        if is_wait && !(self.has_condvar && has_arguments) {
            return;
        }
        if let Some(rule) = rules::of_method(name, self.allowed) {
            let bypass = Bypass { line: span.start().line, rule };
            self.found.entry(format!(".{name}")).or_insert(bypass);
        }
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

    fn visit_fields(&mut self, fields: &'ast Fields) {
        let outside = std::mem::replace(&mut self.in_fields, true);
        visit::visit_fields(self, fields);
        self.in_fields = outside;
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
        self.method(&call.method.to_string(), !call.args.is_empty(), call.method.span());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.tokens(called.tokens.clone());
    }
}
