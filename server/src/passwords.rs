//! Passwords: what makes one acceptable, and the slow hash of it.
//!
//! Hashing runs on threads of its own, as many as there are cores, so that a flood of logins never
//! slows the rest; beyond a bounded queue it is answered 503. What a newcomer would get wrong: the
//! permit moves into the thread. A client that hangs up must not free the place of a hash that is
//! still being computed.

mod schemes;

use std::sync::Arc;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Failure, Result};
use crate::kernel::Secret;

pub use schemes::check as check_imported;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes that may wait for each one that runs.
const QUEUE: usize = 64;

/// The hashing pool.
#[derive(Clone, Debug)]
pub struct Passwords {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    argon2: Argon2<'static>,
    /// The hash of a password that nobody knows: verified against when there is no user, so that
    /// the answer takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// Makes the pool; hashes one password to have something to compare with in vain.
    pub fn new(threads: usize, unknown: &Secret) -> Result<Self, Failure> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
        let params = params.map_err(|_| Failure::Broken("the parameters of Argon2"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, unknown)?;
        Ok(Self {
            running: Arc::new(Semaphore::new(threads)),
            admitted: Arc::new(Semaphore::new(threads * QUEUE)),
            argon2,
            nobody: nobody.into(),
        })
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: Secret) -> Result<String> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, &password))
            .await?
            .map_err(Error::from)
    }

    /// Hashes the password if there is one.
    pub async fn hash_optional(&self, password: Option<Secret>) -> Result<Option<String>> {
        Ok(match password {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        })
    }

    /// Whether this is the password behind a stored hash. Without one it is not, and that takes
    /// as long to find out.
    pub async fn verify(&self, password: Secret, stored: Option<String>) -> Result<bool> {
        let nobody = self.nobody.clone();
        self.run(move || {
            let stored_hash = stored.as_deref().unwrap_or(&nobody);
            schemes::verify(password.expose().as_bytes(), stored_hash) && stored.is_some()
        })
        .await
    }

    /// Whether a stored hash is not made as ours are made now: by another scheme, or with less work.
    pub fn is_outdated(hash: &str) -> bool {
        !hash.starts_with(&format!(
            "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"
        ))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let admitted = self.admitted.clone().try_acquire_owned();
        let admitted = admitted.map_err(|_| Failure::Busy)?;
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Failure::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _places = (admitted, running);
            work()
        });
        Ok(done
            .await
            .map_err(|_| Failure::Broken("a hashing thread died"))?)
    }
}

fn hash(argon2: &Argon2<'_>, password: &Secret) -> Result<String, Failure> {
    let hash = argon2.hash_password(password.expose().as_bytes());
    Ok(hash
        .map_err(|_| Failure::Broken("Argon2 refused to hash"))?
        .to_string())
}

/// The longest password, in Unicode code points.
pub const MAX_LENGTH: usize = 128;

/// Why a new password is not acceptable, if it isn't (NIST SP 800-63B, section 3.1.1: length and a
/// list of the commonest, no rules of composition).
pub fn weakness(password: &str, min_length: usize) -> Option<String> {
    let length = password.chars().count();
    if length < min_length {
        return Some(format!("must be at least {min_length} characters"));
    }
    if length > MAX_LENGTH {
        return Some(format!("must be at most {MAX_LENGTH} characters"));
    }
    if is_common(password) {
        return Some("is one of the commonest passwords".into());
    }
    None
}

fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let mut chars = lower.chars();
    let repeats = chars.next().is_some_and(|first| chars.all(|c| c == first));
    repeats
        || include_str!("passwords/commonest.txt")
            .lines()
            .any(|common| common == lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let pool = Passwords::new(1, &secret("nobody knows")).unwrap();
        let stored = pool.hash(secret("correct horse battery")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            pool.verify(secret("correct horse battery"), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !pool
                .verify(secret("correct horse battere"), Some(stored))
                .await
                .unwrap()
        );
        assert!(!pool.verify(secret("nobody knows"), None).await.unwrap());
    }

    #[tokio::test]
    async fn no_byte_of_a_long_password_is_cut_off() {
        let pool = Passwords::new(1, &secret("nobody knows")).unwrap();
        for length in [71, 72, 73, 127, 128] {
            let right = "a".repeat(length - 1) + "b";
            let wrong = "a".repeat(length);
            let stored = pool.hash(secret(&right)).await.unwrap();
            assert!(
                !pool.verify(secret(&wrong), Some(stored)).await.unwrap(),
                "{length}"
            );
        }
    }

    #[test]
    fn weak_passwords_are_told_why() {
        assert!(weakness("short", 10).unwrap().contains("at least 10"));
        assert!(
            weakness(&"x".repeat(129), 10)
                .unwrap()
                .contains("at most 128")
        );
        assert!(weakness("Password123", 10).unwrap().contains("commonest"));
        assert!(weakness("aaaaaaaaaaaa", 10).unwrap().contains("commonest"));
        assert_eq!(weakness("correct horse battery", 10), None);
        assert_eq!(weakness("ключ от дома", 10), None);
    }
}
