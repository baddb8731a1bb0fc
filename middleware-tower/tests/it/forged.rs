//! Tokens that somebody made up, with all that has worked elsewhere.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use heimdall_tower::{Algorithm, Fault, Refusal, Verifier};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use crate::support::{
    APP, ED25519, Issuer, Jwks, OTHER_APP, OTHER_P256, P256, RSA, SigningKey, TestClock, claims,
    forge, segment,
};

struct Case {
    issuer: Issuer,
    verifier: Verifier,
    claims: Value,
}

impl Case {
    async fn start() -> Self {
        let issuer = Issuer::start(&[&P256, &ED25519, &RSA]).await;
        let clock = TestClock::new();
        let verifier = issuer.verifier().clock(clock.clone()).build().unwrap();
        verifier.ready().await;
        let claims = claims(&issuer.base, clock.seconds());
        Self {
            issuer,
            verifier,
            claims,
        }
    }

    async fn refuses(&self, token: &str, fault: Fault) {
        let refusal = self.verifier.verify(token).await.unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(fault), "{token}");
    }

    /// A token that is right but for its header.
    async fn refuses_header(&self, header: Value, key: &SigningKey, fault: Fault) {
        let token = forge(&header, &self.claims, key);
        self.refuses(&token, fault).await;
    }
}

/// A token under HMAC with a secret that everybody knows: the public key.
fn hmac(alg: &str, kid: &str, claims: &Value, secret: &[u8]) -> String {
    let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid});
    let signed = format!("{}.{}", segment(&header), segment(claims));
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, alg.parse().unwrap());
    format!("{signed}.{}", signature.unwrap())
}

#[tokio::test]
async fn what_heimdall_signs_is_accepted_with_each_algorithm() {
    let case = Case::start().await;
    for key in [&*P256, &*ED25519, &*RSA] {
        let principal = case
            .verifier
            .verify(&key.token(&case.claims))
            .await
            .unwrap();
        assert_eq!(principal.app_id(), APP);
        assert!(principal.has("billing:read"));
    }
}

#[tokio::test]
async fn no_algorithm_is_no_signature() {
    let case = Case::start().await;
    for alg in ["none", "None", "nOnE", "NONE", "", " none"] {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": P256.kid});
        let signed = format!("{}.{}", segment(&header), segment(&case.claims));
        case.refuses(&format!("{signed}."), Fault::Algorithm).await;
        let signature = P256.sign(&signed);
        case.refuses(&format!("{signed}.{signature}"), Fault::Algorithm)
            .await;
    }
    let unsigned = format!("{}.{}.", segment(&P256.header()), segment(&case.claims));
    case.refuses(&unsigned, Fault::Signature).await;
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret_in_any_form() {
    let case = Case::start().await;
    for key in [&*P256, &*ED25519, &*RSA] {
        let raw =
            |member: &str| URL_SAFE_NO_PAD.decode(key.jwk[member].as_str().unwrap_or_default());
        let x = raw("x").unwrap();
        let y = raw("y").unwrap();
        let n = raw("n").unwrap();
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(&point)
        );
        let jwk = key.jwk.to_string();
        let jwks = json!({"keys": [key.jwk]}).to_string();
        let secrets: [&[u8]; 9] = [
            &x,
            &y,
            &n,
            &point,
            pem.as_bytes(),
            pem.trim().as_bytes(),
            jwk.as_bytes(),
            jwks.as_bytes(),
            b"",
        ];
        for secret in secrets {
            for alg in ["HS256", "HS384", "HS512"] {
                let token = hmac(alg, &key.kid, &case.claims, secret);
                case.refuses(&token, Fault::Algorithm).await;
            }
        }
    }
}

#[tokio::test]
async fn a_key_verifies_with_its_own_algorithm_only() {
    let case = Case::start().await;
    let all = [
        "ES256", "ES384", "ES512", "ES256K", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384",
        "PS512", "HS256", "es256", "ES256 ", "Ed25519",
    ];
    for key in [&*P256, &*ED25519, &*RSA] {
        for alg in all.into_iter().filter(|alg| *alg != key.alg) {
            let header = json!({"typ": "at+jwt", "alg": alg, "kid": key.kid});
            case.refuses_header(header, key, Fault::Algorithm).await;
        }
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_allowed_is_refused_though_the_key_has_it() {
    let case = Case::start().await;
    let only_es256 = case
        .issuer
        .verifier()
        .algorithms([Algorithm::Es256])
        .build()
        .unwrap();
    only_es256.verify(&P256.token(&case.claims)).await.unwrap();
    for key in [&*ED25519, &*RSA] {
        let refusal = only_es256
            .verify(&key.token(&case.claims))
            .await
            .unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(Fault::Algorithm));
    }
}

#[tokio::test]
async fn a_key_of_the_tokens_own_is_not_used() {
    let case = Case::start().await;
    let stranger = &*OTHER_P256;
    for (name, value) in [
        ("jwk", stranger.jwk.clone()),
        (
            "jku",
            json!(format!("{}/stray/jwks.json", case.issuer.base)),
        ),
        ("x5u", json!(format!("{}/stray/cert.pem", case.issuer.base))),
        ("x5c", json!(["MIIB"])),
    ] {
        for kid in [&stranger.kid, &P256.kid] {
            let mut header = json!({"typ": "at+jwt", "alg": "ES256", "kid": kid});
            header[name] = value.clone();
            case.refuses_header(header, stranger, Fault::Header).await;
        }
    }
    assert_eq!(case.issuer.strays(), Vec::<String>::new());
}

#[tokio::test]
async fn another_keys_signature_under_a_known_name_is_refused() {
    let case = Case::start().await;
    case.refuses(
        &OTHER_P256.named(&P256.kid).token(&case.claims),
        Fault::Signature,
    )
    .await;
    case.refuses(&OTHER_P256.token(&case.claims), Fault::UnknownKey)
        .await;
}

#[tokio::test]
async fn a_key_id_is_a_name_and_nothing_else() {
    let case = Case::start().await;
    for kid in [
        "../../../dev/null",
        "key_p256' OR '1'='1",
        "' UNION SELECT 'x",
        "key_p256\r\nX: y",
        "key_p256\0",
        " key_p256",
        "KEY_P256",
        "http://127.0.0.1/",
        "%6bey_p256",
        "*",
    ] {
        case.refuses_header(
            json!({"typ": "at+jwt", "alg": "ES256", "kid": kid}),
            &P256,
            Fault::UnknownKey,
        )
        .await;
    }
    for kid in [
        json!(null),
        json!(7),
        json!(["key_p256"]),
        json!({"kid": 1}),
        json!(""),
        json!("k".repeat(1 << 20)),
    ] {
        let header = json!({"typ": "at+jwt", "alg": "ES256", "kid": kid});
        let refusal = case
            .verifier
            .verify(&forge(&header, &case.claims, &P256))
            .await
            .unwrap_err();
        assert!(matches!(
            refusal,
            Refusal::Invalid(Fault::Header | Fault::Length)
        ));
    }
}

#[tokio::test]
async fn a_header_that_would_have_to_be_obeyed_is_refused() {
    let case = Case::start().await;
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
    ] {
        let mut header = P256.header();
        header[name] = value;
        case.refuses_header(header, &P256, Fault::Header).await;
    }
    let doubled = r#"{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"key_p256"}"#;
    case.refuses_header(json!(doubled), &P256, Fault::Header)
        .await;
}

#[tokio::test]
async fn only_an_access_token_is_one() {
    let case = Case::start().await;
    for typ in [
        json!("JWT"),
        json!("jwt"),
        json!("AT+JWT"),
        json!("application/at+jwt"),
        json!("id+jwt"),
        json!(null),
        json!(["at+jwt"]),
    ] {
        let header = json!({"typ": typ, "alg": "ES256", "kid": P256.kid});
        case.refuses_header(header, &P256, Fault::Header).await;
    }
    case.refuses_header(
        json!({"alg": "ES256", "kid": P256.kid}),
        &P256,
        Fault::Header,
    )
    .await;
}

#[tokio::test]
async fn a_token_of_another_app_is_refused_however_it_is_dressed() {
    let case = Case::start().await;
    for (aud, app_id, fault) in [
        (json!(OTHER_APP), json!(OTHER_APP), Fault::App),
        (json!(APP), json!(OTHER_APP), Fault::App),
        (json!(OTHER_APP), json!(APP), Fault::App),
        (json!([OTHER_APP]), json!(APP), Fault::App),
        (json!([APP, OTHER_APP]), json!(APP), Fault::Claims),
        (json!([OTHER_APP, APP]), json!(APP), Fault::Claims),
        (json!([APP, APP]), json!(APP), Fault::Claims),
        (json!([]), json!(APP), Fault::Claims),
        (json!({"app": APP}), json!(APP), Fault::Claims),
        (json!(null), json!(APP), Fault::Claims),
        (json!(APP), json!(null), Fault::Claims),
        (json!(APP), json!([APP]), Fault::Claims),
        (json!(format!("{APP} ")), json!(APP), Fault::App),
        (
            json!(APP.to_lowercase()),
            json!(APP.to_lowercase()),
            Fault::App,
        ),
        (json!("acme-corp"), json!("acme-corp"), Fault::App),
        (json!("*"), json!("*"), Fault::App),
        (json!(""), json!(""), Fault::App),
    ] {
        let mut claims = case.claims.clone();
        claims["aud"] = aud;
        claims["app_id"] = app_id;
        case.refuses(&P256.token(&claims), fault).await;
    }
    let mut alone = case.claims.clone();
    alone["aud"] = json!([APP]);
    case.verifier.verify(&P256.token(&alone)).await.unwrap();
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused_however_alike() {
    let case = Case::start().await;
    let base = &case.issuer.base;
    for iss in [
        json!(format!("{base}/")),
        json!(format!("{base}.evil.example")),
        json!(base.to_uppercase()),
        json!(&base[..base.len() - 1]),
        json!(base.replace("127.0.0.1", "localhost")),
        json!("https://x"),
    ] {
        let mut claims = case.claims.clone();
        claims["iss"] = iss;
        case.refuses(&P256.token(&claims), Fault::Issuer).await;
    }
    let mut claims = case.claims.clone();
    claims["iss"] = json!([base]);
    case.refuses(&P256.token(&claims), Fault::Claims).await;
}

#[tokio::test]
async fn what_is_no_token_is_refused_early() {
    let case = Case::start().await;
    let good = P256.token(&case.claims);
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!()
    };
    let long = format!("{good}{}", "A".repeat(16 * 1024));
    let dots = ".".repeat(1_000_000);
    for (token, fault) in [
        (String::new(), Fault::Shape),
        ("nonsense".into(), Fault::Shape),
        ("..".into(), Fault::Header),
        ("...".into(), Fault::Shape),
        (format!("{header}.{payload}"), Fault::Shape),
        (format!("{good}.{signature}"), Fault::Shape),
        (format!("{good}.a.b"), Fault::Shape),
        (format!("{header}=.{payload}.{signature}"), Fault::Shape),
        (format!(" {good}"), Fault::Shape),
        (format!("{header}.{payload}.{signature}="), Fault::Signature),
        (format!("{good}\n"), Fault::Signature),
        (format!("{good} "), Fault::Signature),
        (format!("{header}.{payload}=.{signature}"), Fault::Signature),
        ("é.é.é".into(), Fault::Shape),
        (
            format!("{}.{payload}.{signature}", "A".repeat(2000)),
            Fault::Shape,
        ),
        (long, Fault::Length),
        (dots, Fault::Length),
    ] {
        case.refuses(&token, fault).await;
    }
}

#[tokio::test]
async fn a_payload_of_ten_thousand_levels_is_refused_though_it_is_signed() {
    let case = Case::start().await;
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    case.refuses(&forge(&P256.header(), &json!(deep), &P256), Fault::Claims)
        .await;
}

#[tokio::test]
async fn a_key_of_another_kind_in_the_set_is_not_taken_for_one() {
    let case = Case::start().await;
    let secret = json!({"kty": "oct", "kid": "shared", "alg": "HS256", "k": "c2VjcmV0"});
    let mut encrypts = OTHER_P256.jwk.clone();
    encrypts["use"] = "enc".into();
    case.issuer
        .answer_keys(Jwks::Keys(vec![secret, encrypts, P256.jwk.clone()]));
    let verifier = case.issuer.verifier().build().unwrap();
    verifier.ready().await;
    for token in [
        hmac("HS256", "shared", &case.claims, b"secret"),
        OTHER_P256.token(&case.claims),
    ] {
        let refusal = verifier.verify(&token).await.unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(Fault::UnknownKey));
    }
}
