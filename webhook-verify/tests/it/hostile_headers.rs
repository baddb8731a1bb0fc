//! Headers as an attacker, a proxy or a careless library would send them: each is refused by name, none panics.

use heimdall_webhook_verify::{
    Error, HEIMDALL_SIGNATURE, MAX_SIGNATURES, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{BODY, ID, NOW, heimdall_form, random::Random, signed, verifier};

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The whole header, given the signature that would be right.
fn heimdall_table(hex: &str) -> Vec<(String, Error)> {
    use Error::{
        InvalidTimestamp, MalformedHeader, NoKnownVersion, SignatureMismatch, TooManySignatures,
    };
    let (malformed, t) = (MalformedHeader(HEIMDALL_SIGNATURE), format!("t={NOW}"));
    vec![
        (String::new(), malformed.clone()),
        (",".into(), malformed.clone()),
        ("v1".into(), malformed.clone()),
        ("v1,".into(), malformed.clone()),
        (format!("v1={hex}"), malformed.clone()),
        (t.clone(), NoKnownVersion(HEIMDALL_SIGNATURE)),
        (format!("{t},"), malformed.clone()),
        (format!("{t},v1"), malformed.clone()),
        (format!("{t},v1="), malformed.clone()),
        (format!("{t},v1={}", &hex[..63]), malformed.clone()),
        (format!("{t},v1={}", &hex[..62]), malformed.clone()),
        (format!("{t},v1={hex}0"), malformed.clone()),
        (format!("{t},v1={hex}00"), malformed.clone()),
        (
            format!("{t},v1={}", hex.replace(|c: char| c.is_ascii_digit(), "g")),
            malformed.clone(),
        ),
        (format!("{t},v1={}é", &hex[..62]), malformed.clone()),
        (format!("{t}, v1={hex}"), malformed.clone()),
        (format!("{t},v1= {hex}"), malformed.clone()),
        (format!("{t} v1={hex}"), InvalidTimestamp),
        (format!("{t};v1={hex}"), InvalidTimestamp),
        (format!("{t},,v1={hex}"), malformed.clone()),
        (format!("{t},={hex}"), malformed.clone()),
        (format!("{t},{t},v1={hex}"), malformed.clone()),
        (format!("{t},V1={hex}"), NoKnownVersion(HEIMDALL_SIGNATURE)),
        (format!("{t},v0={hex}"), NoKnownVersion(HEIMDALL_SIGNATURE)),
        (format!("{t},v2={hex}"), NoKnownVersion(HEIMDALL_SIGNATURE)),
        (format!("{t},v1={ZEROS}"), SignatureMismatch),
        (format!("t={},v1={hex}", NOW + 1), SignatureMismatch),
        (format!("t=0{NOW},v1={hex}"), SignatureMismatch),
        (
            format!("{t}{}", format!(",v1={ZEROS}").repeat(10_000)),
            TooManySignatures(HEIMDALL_SIGNATURE),
        ),
        (
            format!(
                "{t}{},v1={hex}",
                format!(",v1={ZEROS}").repeat(MAX_SIGNATURES)
            ),
            TooManySignatures(HEIMDALL_SIGNATURE),
        ),
    ]
}

/// The value of `webhook-signature`, given the one that would be right.
fn standard_table(good: &str) -> Vec<(String, Error)> {
    use Error::{MalformedHeader, NoKnownVersion, SignatureMismatch, TooManySignatures};
    let (malformed, base64) = (MalformedHeader(WEBHOOK_SIGNATURE), &good["v1,".len()..]);
    let zeros = format!("v1,{}=", "A".repeat(43));
    vec![
        (String::new(), malformed.clone()),
        (" ".into(), malformed.clone()),
        ("v1".into(), malformed.clone()),
        // CVE-2024-21491: comparing up to the shorter length made this one always pass.
        ("v1,".into(), malformed.clone()),
        (good[..8].into(), malformed.clone()),
        (good[..good.len() - 1].into(), malformed.clone()),
        (format!("{good}="), malformed.clone()),
        (format!("{good}A"), malformed.clone()),
        (
            format!("v1,{}", base64.replace('=', "A")),
            malformed.clone(),
        ),
        (format!("v1,{}==", &base64[..42]), malformed.clone()),
        (
            format!("v1,{}", base64.replace('=', "*")),
            malformed.clone(),
        ),
        (format!("v1,{}é=", &base64[..41]), malformed.clone()),
        (format!("v1, {base64}"), malformed.clone()),
        (format!("v1={base64}"), malformed.clone()),
        (base64.into(), malformed.clone()),
        (format!(",{base64}"), malformed.clone()),
        (format!(" {good}"), malformed.clone()),
        (format!("{good} "), malformed.clone()),
        (format!("{good}  {good}"), malformed.clone()),
        (format!("{good},{good}"), malformed.clone()),
        (format!("{good}\t{good}"), malformed.clone()),
        (format!("V1,{base64}"), NoKnownVersion(WEBHOOK_SIGNATURE)),
        (format!("v2,{base64}"), NoKnownVersion(WEBHOOK_SIGNATURE)),
        (format!("v1a,{base64}"), NoKnownVersion(WEBHOOK_SIGNATURE)),
        (zeros.clone(), SignatureMismatch),
        (
            vec![zeros.as_str(); 10_000].join(" "),
            TooManySignatures(WEBHOOK_SIGNATURE),
        ),
    ]
}

#[test]
fn a_hostile_heimdall_header_is_refused_by_name() {
    let hex = signed().heimdall.split_once("v1=").unwrap().1.to_owned();
    for (value, expected) in heimdall_table(&hex) {
        let shown: String = value.chars().take(120).collect();
        assert_eq!(
            verifier().verify(&heimdall_form(&value), BODY),
            Err(expected),
            "{shown}"
        );
    }
}

#[test]
fn a_hostile_standard_header_is_refused_by_name() {
    for (value, expected) in standard_table(&signed().webhook_signature) {
        let timestamp = NOW.to_string();
        let headers = [
            (WEBHOOK_ID, ID),
            (WEBHOOK_TIMESTAMP, &timestamp),
            (WEBHOOK_SIGNATURE, &value),
        ];
        let shown: String = value.chars().take(120).collect();
        assert_eq!(verifier().verify(&headers, BODY), Err(expected), "{shown}");
    }
}

#[test]
fn an_unknown_version_beside_a_good_signature_does_no_harm() {
    let good = signed();
    let (t, v1) = good.heimdall.split_once(',').unwrap();
    for value in [
        format!("{t},v0=,v2=abc,{v1}"),
        format!("{v1},{t}"),
        format!("{t},{v1},{v1}"),
    ] {
        assert!(
            verifier().verify(&heimdall_form(&value), BODY).is_ok(),
            "{value}"
        );
    }
    for value in [
        format!("v1a,x v2,abc {}", good.webhook_signature),
        format!("{0} {0}", good.webhook_signature),
    ] {
        let headers = [
            (WEBHOOK_ID, ID),
            (WEBHOOK_TIMESTAMP, &good.webhook_timestamp),
            (WEBHOOK_SIGNATURE, value.as_str()),
        ];
        assert!(verifier().verify(&headers, BODY).is_ok(), "{value}");
    }
}

#[test]
fn a_delivery_without_any_signature_is_unsigned() {
    assert_eq!(
        verifier().verify(&HeaderMap::new(), BODY),
        Err(Error::Unsigned)
    );
}

#[test]
fn a_standard_header_without_the_others_is_refused_even_beside_a_good_heimdall_header() {
    let good = signed();
    for missing in [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE] {
        let headers: Vec<_> = good
            .pairs()
            .into_iter()
            .filter(|(name, _)| *name != missing)
            .collect();
        assert_eq!(
            verifier().verify(&headers, BODY),
            Err(Error::MissingHeader(missing))
        );
    }
}

#[test]
fn if_both_forms_are_there_both_must_fit() {
    let good = signed();
    for (spoilt, value) in [
        (HEIMDALL_SIGNATURE, format!("t={NOW},v1={ZEROS}")),
        (WEBHOOK_SIGNATURE, format!("v1,{}=", "A".repeat(43))),
        (WEBHOOK_ID, "evt_another".to_owned()),
    ] {
        let headers = good
            .pairs()
            .map(|(name, right)| (name, if name == spoilt { &value } else { right }));
        assert_eq!(
            verifier().verify(&headers, BODY),
            Err(Error::SignatureMismatch),
            "{spoilt}"
        );
    }
}

#[test]
fn a_header_that_is_there_twice_is_refused_whichever_one_is_good() {
    let good = signed();
    for (name, value) in good.pairs() {
        for twice in [[value, "x"], ["x", value], [value, value]] {
            let mut headers: HeaderMap = good
                .pairs()
                .into_iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_str(value).unwrap(),
                    )
                })
                .collect();
            headers.remove(name);
            for value in twice {
                headers.append(name, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(
                verifier().verify(&headers, BODY),
                Err(Error::DuplicateHeader(name))
            );
        }
    }
}

#[test]
fn names_are_compared_without_regard_to_case() {
    let good = signed();
    let shouted = good
        .pairs()
        .map(|(name, value)| (name.to_uppercase(), value));
    assert!(verifier().verify(&shouted, BODY).is_ok());
}

#[test]
fn bytes_that_are_no_ascii_are_refused_wherever_they_stand() {
    let good = signed();
    for (spoilt, value) in good.pairs() {
        for at in [0, value.len() / 2, value.len() - 1] {
            let mut bytes = value.as_bytes().to_vec();
            bytes[at] = 0xFF;
            let headers = good.pairs().map(|(name, right)| {
                (
                    name,
                    if name == spoilt {
                        &bytes
                    } else {
                        right.as_bytes()
                    },
                )
            });
            assert!(
                verifier().verify(&headers, BODY).is_err(),
                "{spoilt} at {at}"
            );
        }
    }
}

#[test]
fn an_id_with_a_full_stop_is_refused_because_the_signed_text_would_be_ambiguous() {
    for id in ["", "evt.1", "evt 1", "evt\n1", "évt", &"e".repeat(257)] {
        let headers = signed();
        let headers = headers
            .pairs()
            .map(|(name, value)| (name, if name == WEBHOOK_ID { id } else { value }));
        assert_eq!(
            verifier().verify(&headers, BODY),
            Err(Error::MalformedHeader(WEBHOOK_ID)),
            "{id:?}"
        );
    }
}

#[test]
fn one_bit_flipped_anywhere_in_body_or_signature_is_noticed() {
    let good = signed();
    let mut body = BODY.to_vec();
    for bit in 0..body.len() * 8 {
        body[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            verifier().verify(&good.pairs(), &body),
            Err(Error::SignatureMismatch),
            "bit {bit} of the body"
        );
        body[bit / 8] ^= 1 << (bit % 8);
    }
    let (start, hex) = good.heimdall.split_once("v1=").unwrap();
    for at in 0..hex.len() {
        let digit = if hex.as_bytes()[at] == b'0' { "1" } else { "0" };
        let value = format!("{start}v1={}{digit}{}", &hex[..at], &hex[at + 1..]);
        assert_eq!(
            verifier().verify(&heimdall_form(&value), BODY),
            Err(Error::SignatureMismatch),
            "digit {at}"
        );
    }
}

#[test]
fn random_headers_are_refused_and_never_panic() {
    let mut random = Random(58);
    let alphabet = b"t=1788000000,v1 =.+-\xFF\0aA0/";
    for _ in 0..5_000 {
        let value: Vec<u8> = (0..random.below(96))
            .map(|_| alphabet[random.below(alphabet.len())])
            .collect();
        let headers = [
            HEIMDALL_SIGNATURE,
            WEBHOOK_ID,
            WEBHOOK_TIMESTAMP,
            WEBHOOK_SIGNATURE,
        ]
        .map(|name| {
            (
                name,
                if random.below(3) == 0 {
                    b"1788000000".to_vec()
                } else {
                    value.clone()
                },
            )
        });
        assert!(verifier().verify(&headers, BODY).is_err());
        assert!(verifier().verify(&headers[..1], BODY).is_err());
        assert!(verifier().verify(&headers[1..], BODY).is_err());
    }
}
