//! One public key, and the only way in which it verifies.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jwks_client_rs::JsonWebKey;

use crate::Algorithm;

/// The coordinates of P-256 and the public keys of Ed25519 (RFC 7518 §6.2.1.2, RFC 8037 §2).
const CURVE_LEN: usize = 32;

/// RSA of 2048 bits up to 8192 (RFC 7518 §3.3 wants the one, the arithmetic's cost the other).
const MODULUS_LEN: std::ops::RangeInclusive<usize> = 256..=1024;

/// A key with the algorithm that its type and curve fix. What a token's header says can't change it.
pub(crate) struct VerificationKey {
    kid: String,
    algorithm: Algorithm,
    /// The public values, to tell whether a key of the same name still is the same.
    material: String,
    decoding: DecodingKey,
}

impl std::fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.kid, self.algorithm.as_str())
    }
}

impl PartialEq for VerificationKey {
    fn eq(&self, other: &Self) -> bool {
        self.kid == other.kid
            && self.algorithm == other.algorithm
            && self.material == other.material
    }
}

impl VerificationKey {
    /// None of a key that Heimdall would not sign with: another curve, a short modulus, an `alg` that is not its type's.
    pub(crate) fn new(jwk: &JsonWebKey) -> Option<Self> {
        let (algorithm, material, decoding) = match jwk {
            JsonWebKey::Ec(jwk) if jwk.curve() == "P-256" => {
                let fits = has_len(jwk.x(), CURVE_LEN) && has_len(jwk.y(), CURVE_LEN);
                let key = DecodingKey::from_ec_components(jwk.x(), jwk.y());
                let material = format!("{}.{}", jwk.x(), jwk.y());
                (Algorithm::Es256, material, key.ok().filter(|_| fits)?)
            }
            JsonWebKey::Okp(jwk) if jwk.curve() == "Ed25519" => {
                let fits = has_len(jwk.x(), CURVE_LEN);
                let key = DecodingKey::from_ed_components(jwk.x());
                let material = jwk.x().to_owned();
                (Algorithm::EdDsa, material, key.ok().filter(|_| fits)?)
            }
            JsonWebKey::Rsa(jwk) => {
                let fits = decoded_len(jwk.modulus()).is_some_and(|len| MODULUS_LEN.contains(&len));
                let key = DecodingKey::from_rsa_components(jwk.modulus(), jwk.exponent());
                let material = format!("{}.{}", jwk.modulus(), jwk.exponent());
                (Algorithm::Rs256, material, key.ok().filter(|_| fits)?)
            }
            JsonWebKey::Ec(_) | JsonWebKey::Okp(_) => return None,
        };
        if jwk.alg().is_some_and(|alg| alg != algorithm.as_str()) {
            return None;
        }
        Some(Self {
            kid: jwk.key_id().to_owned(),
            algorithm,
            material,
            decoding,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the signature, in base64url, is this key's over exactly that.
    pub(crate) fn verifies(&self, signed: &str, signature: &str) -> bool {
        let algorithm = self.algorithm.jwt();
        jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &self.decoding, algorithm)
            .unwrap_or(false)
    }
}

fn decoded_len(base64url: &str) -> Option<usize> {
    URL_SAFE_NO_PAD
        .decode(base64url)
        .ok()
        .map(|bytes| bytes.len())
}

fn has_len(base64url: &str, len: usize) -> bool {
    decoded_len(base64url) == Some(len)
}
