//! `heimdall-tower` beside two crates that verify tokens for axum, on the same tokens and with the keys at hand.
//!
//! ```text
//! cd middleware-tower/compare && cargo bench
//! ```
//!
//! Each verifies a token down to typed claims: signature, `exp`, `nbf`, `iss` and `aud`. `heimdall-tower` also compares `app_id`, `typ`
//! and the types of all claims, and `warm` is what it takes for a token that it has seen; the others remember none.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use axum_jwt_auth::{JwtDecoder, LocalDecoder};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use criterion::{Criterion, criterion_group, criterion_main};
use heimdall_tower::Verifier;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use jwks_client_rs::source::JwksSource;
use jwks_client_rs::{JsonWebKeySet, JwksClientError};
use jwt_authorizer::{JwtAuthorizer, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

const ISSUER: &str = "http://127.0.0.1:1/heimdall";
const APP: &str = "app_01JD8QZJ4T9V6M3W2X7Y5N0KRB";

#[derive(Clone, Deserialize)]
#[allow(dead_code)]
struct Claims {
    sub: String,
    aud: String,
    app_id: String,
    roles: Vec<String>,
    permissions: Vec<String>,
    scope: String,
}

struct Case {
    alg: Algorithm,
    jwk: Value,
    token: String,
}

fn case(alg: Algorithm) -> Case {
    let base64url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (mut jwk, pkcs8) = match alg {
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            let point = pair.public_key().as_ref();
            let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
            let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
            (jwk, pair.to_pkcs8v1().unwrap().as_ref().to_vec())
        }
        Algorithm::EdDSA => {
            let pair = Ed25519KeyPair::generate().unwrap();
            let jwk =
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref())});
            (jwk, pair.to_pkcs8v1().unwrap().as_ref().to_vec())
        }
        _ => {
            let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
            let n = base64url(
                pair.public_key()
                    .modulus()
                    .big_endian_without_leading_zero(),
            );
            let e = base64url(
                pair.public_key()
                    .exponent()
                    .big_endian_without_leading_zero(),
            );
            let jwk = json!({"kty": "RSA", "n": n, "e": e});
            (jwk, pair.as_der().unwrap().as_ref().to_vec())
        }
    };
    jwk["kid"] = "key_1".into();
    jwk["use"] = "sig".into();
    jwk["alg"] = serde_json::to_value(alg).unwrap();
    let text = STANDARD.encode(pkcs8);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    let key = match alg {
        Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
        _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
    };
    let mut header = Header::new(alg);
    header.typ = Some("at+jwt".into());
    header.kid = Some("key_1".into());
    let iat = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({
        "iss": ISSUER, "sub": "usr_01JD8QZJ4T9V6M3W2X7Y5N0KRC", "aud": APP, "exp": iat + 3600, "iat": iat, "nbf": iat,
        "jti": "tok_01JD8QZJ4T9V6M3W2X7Y5N0KRD", "app_id": APP, "app": "acme-corp",
        "user_id": "usr_01JD8QZJ4T9V6M3W2X7Y5N0KRC", "client_id": APP, "sid": "ses_01JD8QZJ4T9V6M3W2X7Y5N0KRE",
        "roles": ["editor"], "permissions": ["billing:read"], "scope": "billing:read", "iat_us": iat * 1_000_000,
    });
    let token = jsonwebtoken::encode(&header, &claims, &key.unwrap()).unwrap();
    Case { alg, jwk, token }
}

/// The keys, without a fetch.
struct Keys(Value);

#[async_trait::async_trait]
impl JwksSource for Keys {
    async fn fetch_keys(&self) -> Result<JsonWebKeySet, JwksClientError> {
        Ok(serde_json::from_value(self.0.clone()).unwrap())
    }
}

/// None of them waits for anything once it has its keys.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

fn peers(c: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // axum-jwt-auth has the slower backend unless told otherwise; jwt-authorizer always has ring.
    let aws_lc = &jsonwebtoken_10::crypto::aws_lc::DEFAULT_PROVIDER;
    assert!(aws_lc.install_default().is_ok());
    for alg in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256] {
        let case = case(alg);
        let jwks = json!({"keys": [case.jwk]});
        let token = case.token.as_str();
        let mut group = c.benchmark_group(format!("{alg:?}"));

        let verifier = |capacity| {
            let builder = Verifier::builder(ISSUER)
                .app(APP)
                .key_source(Keys(jwks.clone()))
                .cache_capacity(capacity);
            runtime.block_on(async {
                let verifier = builder.build().unwrap();
                verifier.ready().await;
                verifier
            })
        };
        let (cold, warm) = (verifier(0), verifier(100));
        group.bench_function("heimdall-tower, cold", |b| {
            b.iter(|| now(cold.verify(black_box(token))).unwrap())
        });
        group.bench_function("heimdall-tower, warm", |b| {
            b.iter(|| now(warm.verify(black_box(token))).unwrap())
        });

        let validation = Validation::new().iss(&[ISSUER]).aud(&[APP]).nbf(true);
        let authorizer = JwtAuthorizer::<Claims>::from_jwks_text(&jwks.to_string())
            .validation(validation)
            .build();
        let authorizer = runtime.block_on(authorizer).unwrap();
        group.bench_function("jwt-authorizer", |b| {
            b.iter(|| now(authorizer.check_auth(black_box(token))).unwrap())
        });

        let mut validation =
            jsonwebtoken_10::Validation::new(format!("{:?}", case.alg).parse().unwrap());
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[APP]);
        validation.validate_nbf = true;
        let jwk: jsonwebtoken_10::jwk::Jwk = serde_json::from_value(case.jwk.clone()).unwrap();
        let keys = vec![jsonwebtoken_10::DecodingKey::from_jwk(&jwk).unwrap()];
        let decoder = LocalDecoder::builder()
            .keys(keys)
            .validation(validation)
            .build()
            .unwrap();
        let decoder: Arc<dyn JwtDecoder<Claims>> = Arc::new(decoder);
        group.bench_function("axum-jwt-auth", |b| {
            b.iter(|| now(decoder.decode(black_box(token))).unwrap())
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).sample_size(30);
    targets = peers
}
criterion_main!(benches);
