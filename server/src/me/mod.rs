//! What a signed-in user may do for themselves, with no permission at all.

pub mod http;
