//! What is taken in from folders and archives, well-meant and hostile.

mod folders;
mod given;
