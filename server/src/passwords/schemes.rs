//! Password hashes that others have made: read to be verified once, and then replaced by one of ours.
//!
//! A hash says itself how much work it is. What it may ask for is bounded, or importing one would be a way to stop the server.

use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2};

/// The schemes that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Argon2,
    Bcrypt,
    Scrypt,
    Pbkdf2,
}

impl Scheme {
    fn of(hash: &str) -> Option<Self> {
        let name = hash.strip_prefix('$')?.split('$').next()?;
        Some(match name {
            "argon2id" | "argon2i" | "argon2d" => Self::Argon2,
            "2a" | "2b" | "2y" => Self::Bcrypt,
            "scrypt" => Self::Scrypt,
            "pbkdf2-sha256" | "pbkdf2-sha512" => Self::Pbkdf2,
            _ => return None,
        })
    }
}

/// Whether a hash is of the password. What can't be read is of none.
pub(crate) fn verify(password: &[u8], hash: &str) -> bool {
    match Scheme::of(hash) {
        // The parameters are the hash's own.
        Some(Scheme::Argon2) => Argon2::default().verify_password(password, hash).is_ok(),
        Some(Scheme::Bcrypt) => bcrypt::verify(password, hash).unwrap_or(false),
        Some(Scheme::Scrypt) => {
            let read = PasswordHash::new(hash);
            read.is_ok_and(|hash| {
                scrypt::Scrypt::default()
                    .verify_password(password, &hash)
                    .is_ok()
            })
        }
        Some(Scheme::Pbkdf2) => {
            let read = PasswordHash::new(hash);
            read.is_ok_and(|hash| {
                pbkdf2::Pbkdf2::default()
                    .verify_password(password, &hash)
                    .is_ok()
            })
        }
        None => false,
    }
}

/// Why a hash can't be imported.
pub fn check(hash: &str) -> Result<(), String> {
    const KNOWN: &str = "must be a hash by argon2, bcrypt, scrypt or pbkdf2, such as $argon2id$v=19$m=19456,t=2,p=1$… or $2b$12$…";
    match Scheme::of(hash).ok_or(KNOWN)? {
        Scheme::Bcrypt => {
            let parts: bcrypt::HashParts = hash.parse().map_err(|_| KNOWN)?;
            at_most("the cost of bcrypt", parts.get_cost(), 14)
        }
        Scheme::Argon2 => {
            let read = PasswordHash::new(hash).map_err(|_| KNOWN)?;
            Algorithm::try_from(read.algorithm.as_str()).map_err(|_| KNOWN)?;
            at_most("m (KiB) of argon2", parameter(&read, "m"), 262_144)?;
            at_most("t of argon2", parameter(&read, "t"), 16)?;
            at_most("p of argon2", parameter(&read, "p"), 16)?;
            has_output(&read)
        }
        Scheme::Scrypt => {
            let read = PasswordHash::new(hash).map_err(|_| KNOWN)?;
            at_most("ln of scrypt", parameter(&read, "ln"), 17)?;
            at_most("r of scrypt", parameter(&read, "r"), 16)?;
            at_most("p of scrypt", parameter(&read, "p"), 16)?;
            has_output(&read)
        }
        Scheme::Pbkdf2 => {
            let read = PasswordHash::new(hash).map_err(|_| KNOWN)?;
            at_most("i of pbkdf2", parameter(&read, "i"), 2_000_000)?;
            has_output(&read)
        }
    }
}

fn parameter(hash: &PasswordHash, name: &str) -> u32 {
    hash.params.get_decimal(name).unwrap_or(0)
}

fn at_most(what: &str, asked: u32, most: u32) -> Result<(), String> {
    if asked <= most {
        Ok(())
    } else {
        Err(format!(
            "asks for too much work: {what} may be {most} at most"
        ))
    }
}

fn has_output(hash: &PasswordHash) -> Result<(), String> {
    let whole = hash.salt.is_some() && hash.hash.is_some();
    whole
        .then_some(())
        .ok_or_else(|| "has no salt or no hash in it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each scheme, all of `correct horse battery`, made by other implementations.
    const HASHES: &[&str] = include!("vectors.rs");

    #[test]
    fn hashes_of_others_verify_and_refuse() {
        for hash in HASHES {
            assert_eq!(check(hash), Ok(()), "{hash}");
            assert!(verify(b"correct horse battery", hash), "{hash}");
            assert!(!verify(b"correct horse batterz", hash), "{hash}");
        }
    }

    #[test]
    fn a_hash_that_asks_for_too_much_is_refused_by_name() {
        for (hash, named) in [
            (
                "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
                "bcrypt",
            ),
            (
                "$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHQ",
                "argon2",
            ),
            (
                "$scrypt$ln=24,r=8,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHQ",
                "scrypt",
            ),
            (
                "$pbkdf2-sha256$i=900000000,l=32$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHQ",
                "pbkdf2",
            ),
        ] {
            assert!(check(hash).unwrap_err().contains(named), "{hash}");
        }
        for hash in [
            "",
            "plain",
            "$1$abc$def",
            "$argon2id$",
            "$2b$12$short",
            "$scrypt$ln=16,r=8,p=1",
        ] {
            assert!(check(hash).is_err(), "{hash}");
            assert!(!verify(b"x", hash), "{hash}");
        }
    }
}
