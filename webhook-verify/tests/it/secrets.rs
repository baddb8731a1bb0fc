//! What is a secret, and that it stays one.

use heimdall_webhook_verify::{Error, Secret, Verifier};

use crate::{SECRET, secret};

#[test]
fn what_is_no_secret_is_refused_by_name() {
    use Error::{SecretEncoding, SecretLength, SecretPrefix};
    // `A` is six zero bits: 32 of them are 24 bytes.
    let of = |digits: usize, padding: &str| format!("whsec_{}{padding}", "A".repeat(digits));
    for (text, expected) in [
        (String::new(), SecretPrefix),
        ("whsec".into(), SecretPrefix),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), SecretPrefix),
        (
            "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
            SecretPrefix,
        ),
        (
            " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
            SecretPrefix,
        ),
        ("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), SecretPrefix),
        ("whsec_".into(), SecretLength),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".into(),
            SecretEncoding,
        ),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS".into(),
            SecretEncoding,
        ),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_".into(),
            SecretEncoding,
        ),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaé".into(),
            SecretEncoding,
        ),
        ("whsec_!!!!".into(), SecretEncoding),
        (of(31, "="), SecretLength),
        (of(87, "="), SecretLength),
        (of(88, ""), SecretLength),
        (of(1_000_000, ""), SecretLength),
        // 32 bytes without their padding.
        (of(43, ""), SecretEncoding),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(Secret::parse(&text).map(drop), Err(expected), "{shown}");
    }
}

#[test]
fn from_24_to_64_bytes_all_lengths_are_secrets() {
    for text in [
        format!("whsec_{}", "A".repeat(32)),
        format!("whsec_{}=", "A".repeat(43)),
        format!("whsec_{}==", "A".repeat(86)),
    ] {
        assert_eq!(secret(&text).expose(), text);
    }
}

#[test]
fn a_generated_secret_holds_the_given_bytes_and_can_be_read_back() {
    let generated = Secret::generate(&[0xFB; 32]).unwrap();
    assert_eq!(
        generated.expose(),
        "whsec_+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s="
    );
    assert_eq!(secret(generated.expose()).expose(), generated.expose());
}

#[test]
fn a_secret_is_not_printed_by_itself_nor_by_what_holds_it() {
    let held = secret(SECRET);
    let printed = format!(
        "{held:?} {held:#?} {:?} {:?}",
        Verifier::new([held.clone()]).unwrap(),
        [Some(&held)]
    );
    assert!(!printed.contains("MfKQ"), "{printed}");
    assert!(printed.contains("Secret(…)"));
}

#[test]
fn no_error_repeats_what_it_was_given() {
    for text in ["hunter2hunter2", "whsec_hunter2!", "whsec_hunter2hunter2"] {
        let error = Secret::parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
