//! Another order.

use fastrand::Rng;
use syn::visit_mut::{self, VisitMut};
use syn::{Fields, File, ItemImpl, ItemStruct};

/// Shuffles the items, those of each `impl` block, and the fields of each type.
pub fn shuffled(mut file: File, seed: u64) -> File {
    let mut random = Rng::with_seed(seed);
    random.shuffle(&mut file.items);
    Shuffle(random).visit_file_mut(&mut file);
    file
}

struct Shuffle(Rng);

impl VisitMut for Shuffle {
    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        self.0.shuffle(&mut item.items);
        visit_mut::visit_item_impl_mut(self, item);
    }

    fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
        if let Fields::Named(fields) = &mut item.fields {
            let mut shuffled: Vec<_> = std::mem::take(&mut fields.named).into_iter().collect();
            self.0.shuffle(&mut shuffled);
            fields.named = shuffled.into_iter().collect();
        }
    }
}
