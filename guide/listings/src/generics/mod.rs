//! Programs of the chapter on generics.

crate::listings!(constraint, inference, latest, map_all, trait_objects);
