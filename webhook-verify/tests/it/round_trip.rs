//! Thousands of random deliveries, against ourselves and against the library of Standard Webhooks, in both directions.

use std::time::{SystemTime, UNIX_EPOCH};

use heimdall_webhook_verify::{Event, Secret, Verifier, sign};
use http::{HeaderMap, HeaderValue};
use standardwebhooks::Webhook;

use crate::{NOW, at, random::Random, signed};

const ROUNDS: usize = 10_000;

fn standard_headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", HeaderValue::from_str(id).unwrap());
    headers.insert(
        "webhook-timestamp",
        HeaderValue::from_str(timestamp).unwrap(),
    );
    headers.insert(
        "webhook-signature",
        HeaderValue::from_str(signature).unwrap(),
    );
    headers
}

#[test]
fn ten_thousand_random_deliveries_agree_with_the_standard_library_both_ways() {
    let mut random = Random(57);
    // That library takes its time from the system and no other.
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).unwrap().as_secs();
    for round in 0..ROUNDS {
        let secret = Secret::generate(&random.bytes()).unwrap();
        let theirs = Webhook::new(secret.expose()).unwrap();
        let ours = Verifier::new([secret.clone()]).unwrap();
        let (id, body) = (format!("evt_{:016x}", random.next()), random.body());

        let signed = sign(&[secret], &id, now, body.as_bytes()).unwrap();
        let headers = standard_headers(&id, &signed.webhook_timestamp, &signed.webhook_signature);
        theirs
            .verify(body.as_bytes(), &headers)
            .unwrap_or_else(|error| panic!("round {round}: {error}"));

        let signature = theirs
            .sign(&id, seconds.cast_signed(), body.as_bytes())
            .unwrap();
        assert_eq!(signature, signed.webhook_signature, "round {round}");
        let headers = standard_headers(&id, &seconds.to_string(), &signature);
        let delivery = ours.verify_at(&headers, body.as_bytes(), now).unwrap();
        assert_eq!(delivery.id(), Some(id.as_str()));

        let other = format!("{body} ");
        assert!(
            theirs.verify(other.as_bytes(), &headers).is_err()
                && ours.verify_at(&headers, other.as_bytes(), now).is_err()
        );
    }
}

#[test]
fn bytes_that_are_no_text_and_bodies_of_every_size_around_a_block_are_signed_as_they_are() {
    let mut random = Random(7);
    let secret = Secret::generate(&random.bytes()).unwrap();
    let verifier = Verifier::new([secret.clone()]).unwrap();
    for len in (0..200).chain([1023, 1024, 65_536, 1024 * 1024]) {
        let body: Vec<u8> = random.bytes::<64>().into_iter().cycle().take(len).collect();
        let headers = sign(std::slice::from_ref(&secret), "evt_1", at(NOW), &body).unwrap();
        assert!(
            verifier.verify_at(&headers.pairs(), &body, at(NOW)).is_ok(),
            "{len}"
        );
    }
}

#[test]
fn what_an_event_holds_survives_being_read_and_written() {
    let mut random = Random(99);
    let mut events = 0;
    while events < 2_000 {
        let body = random.body();
        let Ok(event) = Event::parse(body.as_bytes()) else {
            continue;
        };
        events += 1;
        let before: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), before);
    }
}

#[test]
fn all_four_headers_are_fit_for_any_http_client() {
    for (name, value) in signed().pairs() {
        assert_eq!(name, name.to_lowercase());
        assert!(
            HeaderValue::from_str(value).is_ok_and(|value| value.to_str().is_ok()),
            "{name}"
        );
    }
}
