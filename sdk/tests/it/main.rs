//! The client over real connections, against a server that says what it is told to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod document;
mod pager;
mod requests;
mod retries;
mod server;
