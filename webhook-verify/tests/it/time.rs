//! The moment of signing: how it may be written, and how far it may lie from now.

use std::time::{Duration, UNIX_EPOCH};

use heimdall_webhook_verify::{Error, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, sign};

use crate::{BODY, ID, NOW, SECRET, at, heimdall_form, secret, signed, verifier};

#[test]
fn a_timestamp_is_plain_digits_or_it_is_refused() {
    use Error::{InvalidTimestamp, TooNew, TooOld};
    let good = signed();
    let v1 = good.heimdall.split_once(',').unwrap().1;
    for (text, expected) in [
        ("", InvalidTimestamp),
        // From this one `standardwebhooks` 1.0.1 subtracts: a panic in debug, a passed age check in release.
        ("-9223372036854775808", InvalidTimestamp),
        ("-1", InvalidTimestamp),
        ("-0", InvalidTimestamp),
        ("+1788000000", InvalidTimestamp),
        (" 1788000000", InvalidTimestamp),
        ("1788000000 ", InvalidTimestamp),
        ("1788000000\n", InvalidTimestamp),
        ("1788000000.0", InvalidTimestamp),
        ("1788000000.5", InvalidTimestamp),
        ("1.788e9", InvalidTimestamp),
        ("1e3", InvalidTimestamp),
        ("0x6A92E200", InvalidTimestamp),
        ("1_788_000_000", InvalidTimestamp),
        ("NaN", InvalidTimestamp),
        ("inf", InvalidTimestamp),
        ("１７８８", InvalidTimestamp),
        ("\0", InvalidTimestamp),
        ("18446744073709551616", InvalidTimestamp),
        ("99999999999999999999999999999999", InvalidTimestamp),
        ("18446744073709551615", TooNew),
        ("9223372036854775807", TooNew),
        ("9223372036854775808", TooNew),
        // Milliseconds are a usual mistake.
        ("1788000000000", TooNew),
        ("0", TooOld),
        ("1", TooOld),
    ] {
        let header = format!("t={text},{v1}");
        assert_eq!(
            verifier().verify(&heimdall_form(&header), BODY),
            Err(expected.clone()),
            "t={text:?}"
        );

        let headers = [
            (WEBHOOK_ID, ID),
            (WEBHOOK_TIMESTAMP, text),
            (WEBHOOK_SIGNATURE, &good.webhook_signature),
        ];
        assert_eq!(
            verifier().verify(&headers, BODY),
            Err(expected),
            "webhook-timestamp: {text:?}"
        );
    }
}

#[test]
fn the_tolerance_holds_to_the_second_on_both_sides_and_in_both_forms() {
    let good = signed();
    for tolerance in [0, 1, 60, 300] {
        let verifier = verifier().with_tolerance(Duration::from_secs(tolerance));
        for (now, expected) in [
            (NOW - tolerance - 1, Err(Error::TooNew)),
            (NOW - tolerance, Ok(())),
            (NOW, Ok(())),
            (NOW + tolerance, Ok(())),
            (NOW + tolerance + 1, Err(Error::TooOld)),
        ] {
            for headers in [&good.pairs()[..], &good.pairs()[..1], &good.pairs()[1..]] {
                assert_eq!(
                    verifier.verify_at(headers, BODY, at(now)).map(drop),
                    expected,
                    "{tolerance} s, {now}"
                );
            }
        }
    }
}

#[test]
fn five_minutes_are_the_default() {
    let good = signed();
    assert!(
        verifier()
            .verify_at(&good.pairs(), BODY, at(NOW + 300))
            .is_ok()
    );
    assert_eq!(
        verifier().verify_at(&good.pairs(), BODY, at(NOW + 301)),
        Err(Error::TooOld)
    );
}

#[test]
fn a_part_of_a_second_beyond_the_tolerance_is_beyond_it() {
    let now = at(NOW + 300) + Duration::from_millis(1);
    assert_eq!(
        verifier().verify_at(&signed().pairs(), BODY, now),
        Err(Error::TooOld)
    );
}

#[test]
fn a_clock_before_1970_accepts_nothing_and_signs_nothing() {
    let before = UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(
        verifier().verify_at(&signed().pairs(), BODY, before),
        Err(Error::TooNew)
    );
    assert_eq!(
        sign(&[secret(SECRET)], ID, before, BODY),
        Err(Error::InvalidTimestamp)
    );
}

#[test]
fn an_endless_tolerance_overflows_nothing() {
    let verifier = verifier().with_tolerance(Duration::MAX);
    let headers = heimdall_form(
        "t=18446744073709551615,v1=0000000000000000000000000000000000000000000000000000000000000000",
    );
    assert_eq!(
        verifier.verify(&headers, BODY),
        Err(Error::SignatureMismatch)
    );
}

#[test]
fn the_two_forms_are_held_to_the_tolerance_each() {
    let old = sign(&[secret(SECRET)], ID, at(NOW - 301), BODY).unwrap();
    let good = signed();
    let mixed = [
        old.pairs()[0],
        good.pairs()[1],
        good.pairs()[2],
        good.pairs()[3],
    ];
    assert_eq!(verifier().verify(&mixed, BODY), Err(Error::TooOld));
}
