//! Other names.

use std::collections::{BTreeSet, HashMap, HashSet};

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{File, Item};

/// Renames all that is the answer's own: types, fields, functions, variables, lifetimes. What the
/// stub has, and what others have defined, keeps its name.
pub fn renamed(file: &File, stub: &str) -> File {
    let mut own = Own::default();
    own.visit_file(file);

    let mut given = HashSet::new();
    let stub = syn::parse_file(stub).expect("the stub can be parsed");
    collect(stub.to_token_stream(), &mut given);
    for item in file.items.iter().filter(|item| matches!(item, Item::Use(_))) {
        collect(item.to_token_stream(), &mut given);
    }
    let mut called = HashSet::new();
    collect_calls(file.to_token_stream(), &mut called);

    let is_own = |name: &String| {
        let is_others = called.contains(name) && !own.functions.contains(name);
        !given.contains(name) && !is_others && !["_", "self", "static"].contains(&&**name)
    };
    let names = own.names.iter().chain(&own.functions).filter(|name| is_own(name));
    let names = names.collect::<BTreeSet<_>>().into_iter().enumerate().map(|(number, name)| {
        let is_type = name.starts_with(char::is_uppercase);
        let new = if is_type { format!("Kind{number}") } else { format!("value_{number}") };
        (name.clone(), new)
    });
    let renamed = replace(file.to_token_stream(), &names.collect());
    syn::parse2(renamed).expect("it differs in names alone")
}

/// The names that an answer defines.
#[derive(Default)]
struct Own {
    names: HashSet<String>,
    functions: HashSet<String>,
    is_in_impl_of_trait: bool,
}

impl<'a> Visit<'a> for Own {
    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        self.is_in_impl_of_trait = item.trait_.is_some();
        visit::visit_item_impl(self, item);
        self.is_in_impl_of_trait = false;
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if !self.is_in_impl_of_trait {
            self.functions.insert(item.sig.ident.to_string());
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.functions.insert(item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.names.insert(item.ident.to_string());
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.names.insert(item.ident.to_string());
        visit::visit_item_enum(self, item);
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.names.insert(item.ident.to_string());
        visit::visit_item_type(self, item);
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        self.names.insert(item.ident.to_string());
        visit::visit_item_const(self, item);
    }

    fn visit_variant(&mut self, variant: &'a syn::Variant) {
        self.names.insert(variant.ident.to_string());
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'a syn::Field) {
        self.names.extend(field.ident.as_ref().map(ToString::to_string));
        visit::visit_field(self, field);
    }

    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        let name = pattern.ident.to_string();
        // `None` in a pattern is no variable.
        if !name.starts_with(char::is_uppercase) {
            self.names.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_type_param(&mut self, parameter: &'a syn::TypeParam) {
        self.names.insert(parameter.ident.to_string());
        visit::visit_type_param(self, parameter);
    }

    fn visit_lifetime(&mut self, lifetime: &'a syn::Lifetime) {
        self.names.insert(lifetime.ident.to_string());
    }
}

fn collect(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => _ = names.insert(name.to_string()),
            TokenTree::Group(group) => collect(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The names that are called: `b` of `a.b()` and of `a::b()`.
fn collect_calls(tokens: TokenStream, names: &mut HashSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for window in tokens.windows(3) {
        if let [TokenTree::Punct(before), TokenTree::Ident(name), TokenTree::Group(after)] = window
            && matches!(before.as_char(), '.' | ':')
            && after.delimiter() == Delimiter::Parenthesis
        {
            names.insert(name.to_string());
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            collect_calls(group.stream(), names);
        }
    }
}

fn replace(tokens: TokenStream, names: &HashMap<String, String>) -> TokenStream {
    let replaced = |token| match token {
        TokenTree::Ident(name) => match names.get(&name.to_string()) {
            Some(new) => Ident::new(new, Span::call_site()).into(),
            None => name.into(),
        },
        TokenTree::Group(group) => {
            Group::new(group.delimiter(), replace(group.stream(), names)).into()
        }
        other => other,
    };
    tokens.into_iter().map(replaced).collect()
}
