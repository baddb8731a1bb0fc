//! Making a key pair, and the public half of it as a JWK (RFC 7517).

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::Algorithm;

pub(super) struct Made {
    /// PKCS #8, version 1, in DER.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// Without `kid`, `alg` and `use`, which say nothing of the key itself.
    pub public_jwk: Map<String, Value>,
}

pub(super) fn generate(algorithm: Algorithm) -> Result<Made, String> {
    match algorithm {
        Algorithm::Es256 => es256(),
        Algorithm::EdDsa => eddsa(),
        Algorithm::Rs256 => rs256(),
    }
    .ok_or_else(|| format!("no {} key could be made", algorithm.as_str()))
}

fn es256() -> Option<Made> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
    // An uncompressed point (SEC 1, section 2.3.3): 4, x, y.
    let (x, y) = pair
        .public_key()
        .as_ref()
        .strip_prefix(&[4])?
        .split_at_checked(32)?;
    Some(Made {
        pkcs8: Zeroizing::new(pair.to_pkcs8v1().ok()?.as_ref().to_vec()),
        public_jwk: object(
            json!({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)}),
        ),
    })
}

fn eddsa() -> Option<Made> {
    let pair = Ed25519KeyPair::generate().ok()?;
    let x = base64url(pair.public_key().as_ref());
    Some(Made {
        pkcs8: Zeroizing::new(pair.to_pkcs8v1().ok()?.as_ref().to_vec()),
        public_jwk: object(json!({"kty": "OKP", "crv": "Ed25519", "x": x})),
    })
}

fn rs256() -> Option<Made> {
    let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).ok()?;
    let public = pair.public_key();
    let n = base64url(public.modulus().big_endian_without_leading_zero());
    let e = base64url(public.exponent().big_endian_without_leading_zero());
    Some(Made {
        pkcs8: Zeroizing::new(pair.as_der().ok()?.as_ref().to_vec()),
        public_jwk: object(json!({"kty": "RSA", "n": n, "e": e})),
    })
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
