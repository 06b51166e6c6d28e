//! Another way through the same code.

use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprLet, File, ImplItemFn, ItemFn, Stmt, parse_quote};

/// `if !condition`, with the branches the other way round.
pub fn swapped(mut file: File) -> File {
    Swap.visit_file_mut(&mut file);
    file
}

/// `loop` with a `break` for each `while`.
pub fn loops(mut file: File) -> File {
    Loops.visit_file_mut(&mut file);
    file
}

/// `return` before the value of each function.
pub fn returns(mut file: File) -> File {
    Returns.visit_file_mut(&mut file);
    file
}

struct Swap;

impl VisitMut for Swap {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::If(branches) = expression
            && let Some((_, other)) = &mut branches.else_branch
            && let Expr::Block(other) = &mut **other
            && !has_let(&branches.cond)
        {
            std::mem::swap(&mut branches.then_branch, &mut other.block);
            let condition = &branches.cond;
            *branches.cond = parse_quote!(!(#condition));
        }
    }
}

struct Loops;

impl VisitMut for Loops {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::While(old) = expression
            && !has_let(&old.cond)
        {
            let (label, condition, body) = (&old.label, &old.cond, &old.body.stmts);
            *expression = parse_quote!(#label loop { if !(#condition) { break; } #(#body)* });
        }
    }
}

struct Returns;

impl VisitMut for Returns {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        return_value(&mut function.block);
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        return_value(&mut function.block);
        visit_mut::visit_item_fn_mut(self, function);
    }
}

fn return_value(block: &mut Block) {
    if let Some(last @ Stmt::Expr(_, None)) = block.stmts.last_mut()
        && let Stmt::Expr(value, None) = last
        && !is_loop_or_jump(value)
    {
        *last = parse_quote!(return #value;);
    }
}

/// Whether the value of an expression is nothing that could be moved elsewhere.
pub fn is_loop_or_jump(expression: &Expr) -> bool {
    use Expr::{Break, Continue, ForLoop, Loop, Macro, Return, While};
    matches!(
        expression,
        Break(_) | Continue(_) | ForLoop(_) | Loop(_) | Macro(_) | Return(_) | While(_)
    )
}

fn has_let(condition: &Expr) -> bool {
    struct Lets(usize);

    impl<'a> Visit<'a> for Lets {
        fn visit_expr_let(&mut self, _: &'a ExprLet) {
            self.0 += 1;
        }
    }

    let mut lets = Lets(0);
    lets.visit_expr(condition);
    lets.0 > 0
}
