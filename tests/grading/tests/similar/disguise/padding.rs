//! Code that does nothing.

use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, File, Stmt, parse_quote};

/// With a statement that does nothing before each n-th one, and a function that nobody calls.
pub fn padded(mut file: File, every: usize) -> File {
    Pad { every, statements: 0 }.visit_file_mut(&mut file);
    file.items.push(parse_quote! {
        #[allow(dead_code)]
        fn spare(numbers: &[u32]) -> u32 {
            let mut sum = 0;
            for number in numbers {
                if number % 2 == 0 {
                    sum += number * 3;
                }
            }
            sum
        }
    });
    file
}

struct Pad {
    every: usize,
    statements: usize,
}

impl VisitMut for Pad {
    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        for statement in std::mem::take(&mut block.stmts) {
            self.statements += 1;
            if self.statements.is_multiple_of(self.every) {
                block.stmts.push(self.spare());
            }
            block.stmts.push(statement);
        }
    }
}

impl Pad {
    fn spare(&self) -> Stmt {
        let name = format_ident!("_spare_{}", self.statements);
        match self.statements / self.every % 5 {
            0 => parse_quote!(let #name = 1 + 2;),
            1 => parse_quote!(let _ = ();),
            2 => parse_quote!(if false {
                unreachable!("never");
            }),
            3 => parse_quote!(let #name: [u8; 0] = [];),
            _ => parse_quote!(std::hint::black_box(7);),
        }
    }
}
