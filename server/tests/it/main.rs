//! The server as its users see it: a real one over HTTP, through the SDK, on both databases.
//!
//! One file per feature; a test's name is a sentence, and its `sqlite` and `postgres` are the two
//! times it runs. Time is moved, never waited for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Requests here go to servers of the tests alone; there is no policy for a client to carry.
#![allow(clippy::disallowed_methods)]

mod postgres;
#[macro_use]
mod support;

mod admin_keys;
mod apps;
mod audit;
mod authorization;
mod binary;
mod clients;
mod commands;
mod credentials;
mod document;
mod dump;
mod errors;
mod escalation;
mod forgery;
mod guides;
mod health;
mod hundred_kills;
mod idempotency;
mod import;
mod invites;
mod kill;
mod layers;
mod links;
mod local;
mod logins;
mod me;
mod nodes;
mod outage;
mod pages_of_lists;
mod races;
mod rate_limits;
mod readme;
mod receiver;
mod restart;
mod revocations;
mod rights;
mod roles;
mod schemathesis;
mod sessions;
mod tokens;
mod users;
mod walls;
mod webhooks;
