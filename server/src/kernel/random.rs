//! Random bytes from the operating system, as a parameter.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Secret;

/// The source of all randomness.
#[derive(Clone, Debug, Default)]
pub struct Random(SystemRandom);

impl Random {
    pub fn system() -> Self {
        Self::default()
    }

    /// `N` fresh random bytes.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give: no secret may be made then.
    #[allow(clippy::expect_used)]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let filled = self.0.fill(&mut bytes);
        filled.expect("the operating system gives random bytes");
        bytes
    }

    /// A secret of 256 random bits behind a prefix that tells what it is: `hdk_…`.
    pub fn secret(&self, prefix: &str) -> Secret {
        let random = URL_SAFE_NO_PAD.encode(self.bytes::<32>());
        Secret::from(format!("{prefix}{random}"))
    }

    /// A number in `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.bytes())) / (f64::from(u32::MAX) + 1.0)
    }
}
