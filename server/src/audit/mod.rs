//! What happened in an App: the log, newest first to look things up in, oldest first to follow.

pub mod http;
