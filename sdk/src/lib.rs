//! A typed client of the Heimdall API.
//!
//! Handlers read like the API: `POST /v1/apps/acme/users` is `client.app("acme").users().create(…)`.
//! Each returns a [`Call`], which is sent when it is awaited.
//!
//! ```no_run
//! use heimdall_sdk::{Client, NewApp, NewRole, NewUser};
//!
//! # async fn onboard(admin_key: String, temporary_password: String) -> Result<(), heimdall_sdk::Error> {
//! let client = Client::new("https://auth.example.com/heimdall", admin_key)?;
//!
//! // A tenant, its roles and its first user: all of it, or nothing.
//! let owner = NewUser::new("ada@acme.example").with_password(temporary_password).with_role("admin");
//! let acme = NewApp::new("acme")
//!     .with_display_name("Acme Corp")
//!     .with_role(NewRole::new("admin", ["users:invite", "billing:write"]))
//!     .with_owner(owner);
//! let app = client.apps().create(&acme).await?;
//!
//! let admins = client.app(&app.name).users().list(&Default::default()).all().collect().await?;
//! assert_eq!(admins[0].roles, ["admin"]);
//! # Ok(())
//! # }
//! ```
//!
//! # The trap
//!
//! **A [`Client`] is one caller.** Which token acts decides what is allowed and whom the audit log names. To act as a
//! signed-in user, take [`Client::with_bearer`]: it shares the connections and nothing else.
//!
//! # Refusals
//!
//! What Heimdall refuses is [`Error::Api`], with a [`Code`] to decide by:
//!
//! ```no_run
//! # use heimdall_sdk::{Client, Code, NewApp};
//! # async fn f(client: Client) -> Result<(), heimdall_sdk::Error> {
//! match client.apps().create(&NewApp::new("acme")).await {
//!     Err(error) if error.is_code(&Code::Conflict) => println!("that name is taken"),
//!     other => println!("created {}", other?.id),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Retries
//!
//! A request that may be repeated is repeated when the connection fails or the server answers 503, a few times
//! ([`ClientBuilder::attempts`]), after as long as its `Retry-After` says. May be repeated: what reads, replaces or
//! deletes, and what creates, for it carries an `Idempotency-Key` (a random one, unless [`Call::idempotency_key`] names
//! it). A `DELETE` whose first answer was lost may so end in [`Code::NotFound`]. What ran into its timeout is not repeated.
//!
//! # What newer servers say
//!
//! Fields this version doesn't know are skipped, and values it doesn't know are kept: every enum of an answer has an
//! `Other(String)`.

#![deny(missing_docs)]

#[macro_use]
mod macros;

mod admin_keys;
mod apps;
mod audit;
mod call;
mod client;
mod credentials;
mod documents;
mod error;
mod event_type;
mod field;
mod handlers;
mod health;
mod invites;
mod keys;
mod lenient;
mod links;
mod me;
mod oauth;
mod operations;
mod page;
mod path;
mod permissions;
mod retry;
mod revocations;
mod roles;
mod secret;
mod sessions;
mod tokens;
mod users;
mod webhooks;

pub use admin_keys::{AdminKey, AdminKeys, NewAdminKey};
pub use apps::{App, AppChanges, AppQuery, AppStatus, Apps, NewApp, Settings, SettingsChanges};
pub use audit::{
    Actor, AuditLogs, AuditQuery, Checkpoint, Event, EventBatch, EventQuery, Events, Target,
};
pub use call::{Answer, Call};
pub use client::{Client, ClientBuilder};
pub use credentials::{
    ClientSecret, Credential, CredentialChanges, CredentialStatus, Credentials, NewCredential,
    SecretInfo,
};
pub use documents::{Metadata, ServerMetadata};
pub use error::{Code, Detail, Error, Result};
pub use event_type::EventType;
pub use field::Field;
pub use handlers::InApp;
pub use health::Health;
pub use invites::{
    AcceptInvite, AppInvites, Invite, InvitePreview, InviteQuery, InviteStatus, Invites, NewInvite,
    Welcome,
};
pub use keys::{Jwk, JwkSet, Jwks, SigningKey, SigningKeyState, SigningKeys};
pub use links::{
    AcceptLink, EmailVerifications, Link, LinkAccepted, LinkKind, LinkPreview, Links, NewLink,
    PasswordResets,
};
pub use me::{MeChanges, Myself};
pub use oauth::{ClientAuth, Introspection, OAuth, OAuthGrant};
pub use operations::OPERATIONS;
pub use page::{ListQuery, Page, Pager};
pub use permissions::{PermissionEntry, Permissions};
pub use revocations::{
    Revocation, RevocationBatch, RevocationKind, RevocationQuery, RevocationReason, Revocations,
};
pub use roles::{NewRole, Role, RoleChanges, Roles};
pub use secret::Secret;
pub use sessions::{Session, Sessions};
pub use tokens::{Act, Claims, Grant, TokenResponse, Tokens, Verification, VerifyToken};
pub use users::{
    ImportResult, ImportRow, ImportStatus, ImportUser, NewUser, RowError, User, UserChanges,
    UserQuery, UserStatus, Users,
};
pub use webhooks::{
    Attempt, Delivery, DeliveryQuery, DeliveryStatus, NewWebhook, Replay, Replayed, Webhook,
    WebhookChanges, WebhookStatus, Webhooks,
};

/// A JSON object that is the customer's own: up to 16 KiB.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;
