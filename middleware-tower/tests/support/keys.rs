use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// A key pair as Heimdall would have it.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) alg: &'static str,
    pub(crate) jwk: Value,
    signs: EncodingKey,
}

pub(crate) static P256: LazyLock<SigningKey> = LazyLock::new(|| p256("key_p256"));
pub(crate) static OTHER_P256: LazyLock<SigningKey> = LazyLock::new(|| p256("key_other"));

pub(crate) static ED25519: LazyLock<SigningKey> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref())});
    let pem = pem(pair.to_pkcs8v1().unwrap().as_ref());
    let signs = EncodingKey::from_ed_pem(&pem).unwrap();
    SigningKey::new("key_ed25519", "EdDSA", jwk, signs)
});

pub(crate) static RSA: LazyLock<SigningKey> = LazyLock::new(|| {
    let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = pair.public_key();
    let n = base64url(public.modulus().big_endian_without_leading_zero());
    let e = base64url(public.exponent().big_endian_without_leading_zero());
    let pem = pem(pair.as_der().unwrap().as_ref());
    let signs = EncodingKey::from_rsa_pem(&pem).unwrap();
    SigningKey::new(
        "key_rsa",
        "RS256",
        json!({"kty": "RSA", "n": n, "e": e}),
        signs,
    )
});

fn p256(kid: &str) -> SigningKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
    let pem = pem(pair.to_pkcs8v1().unwrap().as_ref());
    let signs = EncodingKey::from_ec_pem(&pem).unwrap();
    SigningKey::new(kid, "ES256", jwk, signs)
}

impl SigningKey {
    fn new(kid: &str, alg: &'static str, mut jwk: Value, signs: EncodingKey) -> Self {
        let members = jwk.as_object_mut().unwrap();
        members.insert("kid".into(), kid.into());
        members.insert("alg".into(), alg.into());
        members.insert("use".into(), "sig".into());
        Self {
            kid: kid.to_owned(),
            alg,
            jwk,
            signs,
        }
    }

    /// The same key under another name.
    pub(crate) fn named(&self, kid: &str) -> Self {
        let mut key = self.clone();
        kid.clone_into(&mut key.kid);
        key.jwk["kid"] = kid.into();
        key
    }

    pub(crate) fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": self.alg, "kid": self.kid})
    }

    /// The signature over it, in base64url.
    pub(crate) fn sign(&self, signed: &str) -> String {
        let alg: Algorithm = self.alg.parse().unwrap();
        jsonwebtoken::crypto::sign(signed.as_bytes(), &self.signs, alg).unwrap()
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        super::forge(&self.header(), claims, self)
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn pem(pkcs8: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(pkcs8);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n").into_bytes()
}
