//! Rotating a secret without a delivery lost, and dropping one that leaked at once.

use heimdall_webhook_verify::{Error, Verifier, sign};

use crate::{BODY, ID, NOW, OTHER_SECRET, SECRET, at, heimdall_form, secret};

fn verifies(held: &[&str], signed_with: &[&str]) -> Result<(), Error> {
    let secrets: Vec<_> = signed_with.iter().map(|text| secret(text)).collect();
    let headers = sign(&secrets, ID, at(NOW), BODY)?;
    let verifier = Verifier::new(held.iter().map(|text| secret(text)))?;
    for form in [
        &headers.pairs()[..],
        &headers.pairs()[..1],
        &headers.pairs()[1..],
    ] {
        verifier.verify_at(form, BODY, at(NOW))?;
    }
    Ok(())
}

#[test]
fn while_both_secrets_are_in_force_a_receiver_with_either_accepts() {
    for held in [
        &[SECRET][..],
        &[OTHER_SECRET],
        &[SECRET, OTHER_SECRET],
        &[OTHER_SECRET, SECRET],
    ] {
        assert_eq!(verifies(held, &[OTHER_SECRET, SECRET]), Ok(()));
    }
}

#[test]
fn a_receiver_with_both_accepts_what_either_signed() {
    for signed_with in [SECRET, OTHER_SECRET] {
        assert_eq!(verifies(&[SECRET, OTHER_SECRET], &[signed_with]), Ok(()));
    }
}

#[test]
fn a_dropped_secret_is_dropped_at_once() {
    assert_eq!(
        verifies(&[OTHER_SECRET], &[SECRET]),
        Err(Error::SignatureMismatch)
    );
    assert_eq!(
        verifies(&[SECRET], &[OTHER_SECRET]),
        Err(Error::SignatureMismatch)
    );
}

#[test]
fn there_is_one_signature_for_each_secret_in_force() {
    let two = sign(&[secret(SECRET), secret(OTHER_SECRET)], ID, at(NOW), BODY).unwrap();
    let one = sign(&[secret(SECRET)], ID, at(NOW), BODY).unwrap();
    assert_eq!(two.heimdall.matches("v1=").count(), 2);
    assert_eq!(two.webhook_signature.matches("v1,").count(), 2);
    assert!(two.heimdall.starts_with(&one.heimdall));
    assert!(two.webhook_signature.starts_with(&one.webhook_signature));
}

#[test]
fn without_a_secret_nothing_is_signed_and_nothing_verified() {
    assert_eq!(sign(&[], ID, at(NOW), BODY), Err(Error::NoSecrets));
    assert_eq!(Verifier::new([]).map(drop), Err(Error::NoSecrets));
}

#[test]
fn a_signature_of_one_form_is_none_of_the_other() {
    // The keys differ, so the hexadecimal digits of the standard signature are no Heimdall signature.
    let headers = sign(&[secret(SECRET)], ID, at(NOW), BODY).unwrap();
    let base64 = headers.webhook_signature.strip_prefix("v1,").unwrap();
    let mac = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap();
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let verifier = Verifier::new([secret(SECRET)]).unwrap();
    let header = format!("t={NOW},v1={hex}");
    assert_eq!(
        verifier.verify_at(&heimdall_form(&header), BODY, at(NOW)),
        Err(Error::SignatureMismatch)
    );
}

#[test]
fn an_id_that_could_be_mistaken_is_not_signed() {
    for id in ["", "evt.1", "evt 1", "evt\r\nx: y", "évt", &"e".repeat(257)] {
        assert_eq!(
            sign(&[secret(SECRET)], id, at(NOW), BODY),
            Err(Error::InvalidId),
            "{id:?}"
        );
    }
}
