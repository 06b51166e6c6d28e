//! What is taken in from folders and archives, well-meant and hostile.

mod archives;
mod folders;
mod given;
mod platforms;
mod rosters;
