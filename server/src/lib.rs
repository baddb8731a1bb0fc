//! Heimdall: authentication and authorization for multi-tenant products.
//!
//! The map, from the ground up: `kernel` (time, randomness, ids, encryption), `db` (the only place
//! that knows there are two databases), `events` (the one log), `jobs` (recurring work); then one
//! folder per feature, each with `model.rs` (what it is), `mod.rs` (what can be done), `sql.rs` (how
//! it is kept) and `http.rs` (what it promises); then `http` (what all contracts share) and `api` (all
//! of them joined). ARCHITECTURE.md tells why.

pub mod admin_keys;
pub mod api;
pub mod app;
pub mod apps;
pub mod audit;
pub mod boot;
pub mod config;
pub mod credentials;
pub mod db;
pub mod error;
pub mod events;
pub mod housekeeping;
pub mod http;
pub mod instance;
pub mod invites;
pub mod jobs;
pub mod kernel;
pub mod keys;
pub mod limits;
pub mod links;
pub mod master_key;
pub mod me;
pub mod metrics;
pub mod oauth;
pub mod pages;
pub mod passwords;
pub mod permissions;
pub mod revocations;
pub mod roles;
pub mod serve;
pub mod sessions;
pub mod signals;
pub mod tokens;
pub mod users;
pub mod webhooks;
