//! What every operation shares on its way in and out.
//!
//! In: [`boundary`] gives the request its id, [`body`] and [`form`] read it by the published
//! [`schema`], as [`parameters`] does what stands beside it, [`caller`] says who asks, [`page_query`] which part of a list is
//! wanted. Out: [`answer`] and [`page`]
//! when it worked, [`error`] when it didn't.

pub mod allow;
pub mod answer;
pub mod body;
pub mod boundary;
pub mod caller;
pub mod challenge;
pub mod code;
pub mod cursor;
pub mod error;
pub mod error_body;
pub mod form;
pub mod idempotency;
pub mod invalid;
pub mod json;
pub mod listing;
pub mod metadata;
pub mod origin;
pub mod page;
pub mod page_query;
pub mod parameters;
pub mod payload;
pub mod poem_error;
pub mod private;
pub mod rate_limit;
pub mod refusal;
pub mod request_id;
pub mod schema;
pub mod text;
pub mod wait;
pub mod watch;

pub use answer::{Answer, Created, Done};
pub use body::Body;
pub use caller::{Authenticated, Caller};
pub use error::ApiError;
pub use idempotency::{Kept, Repeatable};
pub use invalid::Invalid;
pub use listing::Listing;
pub use page::Page;
pub use page_query::{CursorText, Limit};
pub use private::Private;
pub use wait::Wait;

/// What a handler answers.
pub type Answered<T> = Result<T, ApiError>;

#[cfg(test)]
mod testing;
