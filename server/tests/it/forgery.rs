//! Forged tokens: every one is refused as no token at all.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::TestServer;

/// The claims of a good token, and its `kid`.
async fn good(server: &TestServer) -> (String, Value, String) {
    server.app("acme").await;
    let token = server
        .sign_in("acme", "admin@acme.example")
        .await
        .access_token;
    let token = token.expose().to_owned();
    let claims = token.split('.').nth(1).unwrap();
    let claims = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    (token, claims, kid)
}

async fn assert_refused(server: &TestServer, what: &str, forged: &str) {
    let answer = server.raw("GET", "/v1/me", forged, None).await;
    assert_eq!(
        (answer.status, &*answer.code()),
        (401, "UNAUTHENTICATED"),
        "{what}: {}",
        answer.text
    );
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains("error=\"invalid_token\""),
        "{what}: {challenge}"
    );
    let check = heimdall_sdk::VerifyToken::new(forged.to_owned());
    let verdict = server
        .admin
        .app("acme")
        .tokens()
        .verify(&check)
        .await
        .unwrap();
    assert!(
        !verdict.valid && !verdict.allowed && verdict.claims.is_none(),
        "{what}"
    );
}

fn header(algorithm: Algorithm, kid: &str) -> Header {
    let mut header = Header::new(algorithm);
    header.typ = Some("at+jwt".into());
    header.kid = Some(kid.into());
    header
}

/// A token put together by hand.
fn assembled(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |json: &Value| BASE64.encode(json.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

on_both! {
    async fn a_token_without_a_signature_is_none(server) {
        let (token, claims, kid) = good(&server).await;
        let signature = token.rsplit('.').next().unwrap();
        for alg in ["none", "None", "nOnE", "NONE", ""] {
            for signature in ["", signature] {
                let forged = assembled(&json!({ "typ": "at+jwt", "alg": alg, "kid": kid }), &claims, signature);
                assert_refused(&server, &format!("alg {alg:?}"), &forged).await;
            }
        }
    }

    async fn the_public_key_is_no_secret_to_sign_with(server) {
        let (_, claims, kid) = good(&server).await;
        let jwks = server.raw("GET", "/v1/.well-known/jwks.json", "", None).await;
        let jwk = jwks.json()["keys"][0].clone();
        let coordinate = |name: &str| BASE64.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        for secret in [jwks.text.into_bytes(), jwk.to_string().into_bytes(), coordinate("x"), point, kid.clone().into_bytes()] {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let key = EncodingKey::from_secret(&secret);
                let forged = jsonwebtoken::encode(&header(algorithm, &kid), &claims, &key).unwrap();
                assert_refused(&server, &format!("{algorithm:?}"), &forged).await;
            }
        }
    }

    async fn a_key_that_comes_with_the_token_is_no_key(server) {
        let (_, claims, kid) = good(&server).await;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y), "kid": kid });
        let own = EncodingKey::from_ec_der(pkcs8.as_ref());
        let forge = |header: Header| jsonwebtoken::encode(&header, &claims, &own).unwrap();
        assert_refused(&server, "another key of the same kid", &forge(header(Algorithm::ES256, &kid))).await;
        assert_refused(&server, "an unknown kid", &forge(header(Algorithm::ES256, "key_unknown"))).await;
        for kid in ["", "../../../../dev/null", "' OR 1=1 --", "key\u{0}"] {
            assert_refused(&server, "a kid that is none", &forge(header(Algorithm::ES256, kid))).await;
        }
        let mut embedded = header(Algorithm::ES256, &kid);
        embedded.jwk = Some(serde_json::from_value(jwk).unwrap());
        assert_refused(&server, "an embedded key", &forge(embedded)).await;
        let mut pointed = header(Algorithm::ES256, &kid);
        pointed.jku = Some(format!("{}/v1/.well-known/jwks.json", server.base));
        assert_refused(&server, "an address of keys", &forge(pointed)).await;
    }

    async fn claims_that_are_not_right_are_not_made_right_by_a_signature(server) {
        let (token, claims, _) = good(&server).await;
        let globex = server.app("globex").await.app.id;
        let now = server.clock.now();
        let signed = |change: &dyn Fn(&mut Value)| {
            let mut changed = claims.clone();
            change(&mut changed);
            server.heimdall().keys.sign("at+jwt", &changed, now).unwrap()
        };
        let unchanged = signed(&|_| {});
        assert_eq!(server.raw("GET", "/v1/me", &unchanged, None).await.status, 200);
        let set = |name: &'static str, value: Value| signed(&move |claims| claims[name] = value.clone());
        let far = now.seconds() + 86_400;
        let forged = [
            ("exp as text", set("exp", json!(far.to_string()))),
            ("exp as null", set("exp", Value::Null)),
            ("exp as a float", set("exp", json!(1e308))),
            ("exp as a list", set("exp", json!([far]))),
            ("no exp", signed(&|claims| drop(claims.as_object_mut().unwrap().remove("exp")))),
            ("not yet in force", set("nbf", json!(far))),
            ("nbf as text", set("nbf", json!("0"))),
            ("another issuer", set("iss", json!("https://auth.example"))),
            ("an issuer that goes on", set("iss", json!(format!("{}/", server.base)))),
            ("an issuer that ends early", set("iss", json!(&server.base[..server.base.len() - 1]))),
            ("a list of issuers", set("iss", json!([server.base]))),
            ("another audience", set("aud", json!(globex))),
            ("two audiences", set("aud", json!([claims["aud"], globex]))),
            ("no audience", signed(&|claims| drop(claims.as_object_mut().unwrap().remove("aud")))),
            ("another App", set("app_id", json!(globex))),
            ("permissions as text", set("permissions", json!("users:read"))),
            ("permissions within", set("permissions", json!([["users:read"]]))),
            ("iat_us as text", set("iat_us", json!("9"))),
        ];
        for (what, forged) in forged {
            assert_refused(&server, what, &forged).await;
        }
        // In both at once it is a token of another App, where there is no such user.
        let moved = signed(&|claims| {
            claims["aud"] = json!(globex);
            claims["app_id"] = json!(globex);
        });
        assert_eq!(server.raw("GET", "/v1/me", &moved, None).await.code(), "TOKEN_REVOKED");
        assert_eq!(server.raw("GET", "/v1/me", &token, None).await.status, 200);
    }

    async fn a_token_changed_in_any_place_is_none(server) {
        let (token, ..) = good(&server).await;
        let other = server.sign_in("acme", "viewer@acme.example").await.access_token;
        let (parts, others): (Vec<_>, Vec<_>) = (token.split('.').collect(), other.expose().split('.').collect());
        let mut forged = vec![
            format!("{}.{}.{}", parts[0], others[1], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], others[2]),
            format!("{token}="),
            format!("{token}."),
            format!("{token}A"),
            format!(".{token}"),
            token.to_uppercase(),
            parts[..2].join("."),
            ".".repeat(5_000),
            "A".repeat(10_000),
        ];
        for place in (0..token.len()).step_by(5) {
            forged.push(token[..place].to_owned());
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            forged.push(String::from_utf8(bytes).unwrap());
        }
        for forged in forged {
            let answer = server.raw("GET", "/v1/me", &forged, None).await;
            assert_eq!(answer.status, 401, "{forged}");
        }
    }

    async fn a_bearer_goes_into_the_header_and_nowhere_else(server) {
        let (token, ..) = good(&server).await;
        for path in [format!("/v1/me?access_token={token}"), format!("/v1/me?bearer={token}")] {
            assert_eq!(server.raw("GET", &path, "", None).await.status, 401);
        }
        let url = format!("{}/v1/me", server.base);
        for header in [token.clone(), format!("Basic {token}"), format!("Bearer {token}, Bearer {token}"), "Bearer".into(), "Bearer ".into()] {
            let answer = server.http.get(&url).header("authorization", &header).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{header}");
        }
        let cookie = server.http.get(&url).header("cookie", format!("access_token={token}")).send().await.unwrap();
        assert_eq!(cookie.status(), 401);
    }
}
