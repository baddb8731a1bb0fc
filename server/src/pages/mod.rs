//! Heimdall's own pages: what an invite's link shows when an App has no page of its own, and the one-time links likewise.
//!
//! Plain HTML that works without JavaScript and holds none. Everything that comes from outside is escaped where it is put into
//! the page (`html::escape`), and the policy would let nothing run even if it were not.

mod html;
pub mod http;
mod invite;
mod link;
