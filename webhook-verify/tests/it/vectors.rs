//! Published and independently computed vectors.

use crate::{SECRET, at, heimdall_form, secret};
use heimdall_webhook_verify::{Verifier, sign};

const TEST_BODY: &[u8] = br#"{"test": 2432232314}"#;
const TEST_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TEST_TIME: u64 = 1_614_265_330;
/// Computed with Python's hmac, keyed with the whole text of the secret.
const TEST_HEIMDALL: &str =
    "t=1614265330,v1=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964";

#[test]
fn the_published_vectors_of_standard_webhooks_are_reproduced() {
    let rows = [
        (
            SECRET,
            TEST_ID,
            TEST_TIME,
            TEST_BODY,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            br#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];
    for (text, id, time, body, expected) in rows {
        let headers = sign(&[secret(text)], id, at(time), body).unwrap();
        assert_eq!(headers.webhook_signature, expected);

        let standard = [
            ("webhook-id", id),
            ("webhook-timestamp", &time.to_string()),
            ("webhook-signature", expected),
        ];
        let verifier = Verifier::new([secret(text)]).unwrap();
        let delivery = verifier.verify_at(&standard, body, at(time)).unwrap();
        assert_eq!(delivery.id(), Some(id));
        assert_eq!(delivery.signed_at(), time);
        assert_eq!(delivery.raw_body(), body);
    }
}

#[test]
fn the_heimdall_header_is_keyed_with_the_secret_as_it_was_shown() {
    let secrets = [secret(SECRET)];
    assert_eq!(
        sign(&secrets, TEST_ID, at(TEST_TIME), TEST_BODY)
            .unwrap()
            .heimdall,
        TEST_HEIMDALL
    );

    let verifier = Verifier::new(secrets).unwrap();
    let headers = heimdall_form(TEST_HEIMDALL);
    let delivery = verifier
        .verify_at(&headers, TEST_BODY, at(TEST_TIME))
        .unwrap();
    assert_eq!(delivery.id(), None);
}

#[test]
fn hexadecimal_digits_may_be_of_either_case() {
    let (start, hex) = TEST_HEIMDALL.split_once("v1=").unwrap();
    let shouted = format!("{start}v1={}", hex.to_uppercase());
    let verifier = Verifier::new([secret(SECRET)]).unwrap();
    assert!(
        verifier
            .verify_at(&heimdall_form(&shouted), TEST_BODY, at(TEST_TIME))
            .is_ok()
    );
}
