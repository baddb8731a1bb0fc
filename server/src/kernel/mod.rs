//! What everything else is made of: time, randomness, ids, secrets, encryption at rest.
//!
//! Nothing in here knows HTTP or SQL, and nothing outside may ask the system for the time or for
//! random bytes: both are parameters, so that a test can move the one and repeat the other.

pub mod cipher;
pub mod clock;
pub mod file;
pub mod ids;
pub mod random;
pub mod secret;

pub use cipher::Cipher;
pub use clock::{Clock, Timestamp};
pub use random::Random;
pub use secret::Secret;
