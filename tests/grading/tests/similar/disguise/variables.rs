//! More variables, or fewer.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, File, Ident, Local, LocalInit, Pat, Stmt, Token, parse_quote};

use super::flow::is_loop_or_jump;

/// A variable for the value of each block, and for what each call is given.
pub fn extracted(mut file: File) -> File {
    Extract(0).visit_file_mut(&mut file);
    file
}

/// Without the variables that only the next statement uses, once.
pub fn inlined(mut file: File) -> File {
    Inline.visit_file_mut(&mut file);
    file
}

/// Counts the variables.
struct Extract(usize);

impl VisitMut for Extract {
    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        let last = block.stmts.len().saturating_sub(1);
        for (at, mut statement) in std::mem::take(&mut block.stmts).into_iter().enumerate() {
            for argument in arguments(&mut statement).into_iter().flatten() {
                if !matches!(argument, Expr::Reference(_) | Expr::Closure(_) | Expr::Path(_)) {
                    block.stmts.push(self.variable(argument));
                }
            }
            if let Stmt::Expr(value, None) = &mut statement
                && at == last
                && !is_loop_or_jump(value)
                && !matches!(value, Expr::Path(_))
            {
                block.stmts.push(self.variable(value));
            }
            block.stmts.push(statement);
        }
    }
}

impl Extract {
    /// Puts a variable where an expression stands. The statement gives it its value.
    fn variable(&mut self, expression: &mut Expr) -> Stmt {
        self.0 += 1;
        let name = format_ident!("extracted_{}", self.0);
        let statement = parse_quote!(let #name = #expression;);
        *expression = parse_quote!(#name);
        statement
    }
}

/// What the call is given that a statement is, or that the value of a variable is.
fn arguments(statement: &mut Stmt) -> Option<&mut Punctuated<Expr, Token![,]>> {
    let call = match statement {
        Stmt::Expr(expression, _) => expression,
        Stmt::Local(Local { init: Some(LocalInit { expr, diverge: None, .. }), .. }) => expr,
        _ => return None,
    };
    match call {
        Expr::Call(call) => Some(&mut call.args),
        Expr::MethodCall(call) => Some(&mut call.args),
        _ => None,
    }
}

struct Inline;

impl VisitMut for Inline {
    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        let mut at = 0;
        while at + 1 < block.stmts.len() {
            match inlined_into_next(&block.stmts[at..]) {
                Some(next) => _ = block.stmts.splice(at..at + 2, [next]),
                None => at += 1,
            }
        }
    }
}

/// The second statement, with the value of the variable that the first one defines, if that is all
/// that the variable is for.
fn inlined_into_next(statements: &[Stmt]) -> Option<Stmt> {
    let [Stmt::Local(Local { pat: Pat::Ident(variable), init: Some(init), .. }), rest @ ..] =
        statements
    else {
        return None;
    };
    let uses = |statement: &Stmt| count(statement.to_token_stream(), &variable.ident);
    let is_simple = init.diverge.is_none() && variable.mutability.is_none();
    if !is_simple || uses(&rest[0]) != 1 || rest.iter().map(uses).sum::<usize>() != 1 {
        return None;
    }
    let mut put = Put { name: &variable.ident, value: &init.expr, is_done: false };
    let mut next = rest[0].clone();
    put.visit_stmt_mut(&mut next);
    put.is_done.then_some(next)
}

struct Put<'a> {
    name: &'a Ident,
    value: &'a Expr,
    is_done: bool,
}

impl VisitMut for Put<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let is_it = matches!(expression, Expr::Path(path) if path.path.is_ident(self.name));
        if !is_it {
            return visit_mut::visit_expr_mut(self, expression);
        }
        let value = self.value;
        *expression = match value {
            Expr::Call(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Path(_) => value.clone(),
            _ => parse_quote!((#value)),
        };
        self.is_done = true;
    }
}

fn count(tokens: TokenStream, name: &Ident) -> usize {
    let uses = |token| match token {
        TokenTree::Ident(other) => usize::from(other == *name),
        TokenTree::Group(group) => count(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
    };
    tokens.into_iter().map(uses).sum()
}
