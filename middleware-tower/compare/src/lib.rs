//! Only a bench: `cargo bench` in this folder.
