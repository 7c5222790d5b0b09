//! What the four layers of constant-time tests share. See README.md.

pub mod forge;
pub mod measure;
pub mod random;
pub mod statistics;
pub mod valgrind;
