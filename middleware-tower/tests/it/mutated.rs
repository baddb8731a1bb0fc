//! Good tokens, changed a little in every way.

use heimdall_tower::Verifier;

use crate::support::{ED25519, Issuer, P256, RSA, SigningKey, TestClock, claims};

/// The same sequence each time: what fails once, fails again (Marsaglia's xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

async fn start() -> (Issuer, Verifier, Vec<String>) {
    let issuer = Issuer::start(&[&P256, &ED25519, &RSA]).await;
    let verifier = issuer.verifier().build().unwrap();
    verifier.ready().await;
    let claims = claims(&issuer.base, TestClock::new().seconds());
    let keys: [&SigningKey; 3] = [&P256, &ED25519, &RSA];
    let tokens = keys.map(|key| key.token(&claims)).to_vec();
    (issuer, verifier, tokens)
}

async fn is_refused(verifier: &Verifier, token: &[u8], original: &str) {
    let Ok(token) = std::str::from_utf8(token) else {
        return;
    };
    if token != original {
        assert!(verifier.verify(token).await.is_err(), "accepted: {token}");
    }
}

#[tokio::test]
async fn a_token_with_any_bit_flipped_is_refused() {
    let (_issuer, verifier, tokens) = start().await;
    for token in &tokens {
        let mut bytes = token.clone().into_bytes();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                is_refused(&verifier, &bytes, token).await;
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

#[tokio::test]
async fn a_token_cut_or_lengthened_anywhere_is_refused() {
    let (_issuer, verifier, tokens) = start().await;
    for token in &tokens {
        let bytes = token.as_bytes();
        for at in 0..bytes.len() {
            is_refused(&verifier, &bytes[..at], token).await;
            is_refused(&verifier, &bytes[at + 1..], token).await;
            let without = [&bytes[..at], &bytes[at + 1..]].concat();
            is_refused(&verifier, &without, token).await;
            for added in [
                &b"="[..],
                b"+",
                b"/",
                b"A",
                b".",
                b" ",
                b"\n",
                b"\0",
                b"%3D",
            ] {
                let with = [&bytes[..at], added, &bytes[at..]].concat();
                is_refused(&verifier, &with, token).await;
            }
        }
        is_refused(&verifier, token.to_uppercase().as_bytes(), token).await;
        is_refused(&verifier, token.to_lowercase().as_bytes(), token).await;
    }
}

#[tokio::test]
async fn parts_of_two_good_tokens_make_none() {
    let (_issuer, verifier, tokens) = start().await;
    let parts: Vec<Vec<&str>> = tokens
        .iter()
        .map(|token| token.split('.').collect())
        .collect();
    for a in 0..3 {
        for b in 0..3 {
            for c in 0..3 {
                let mixed = format!("{}.{}.{}", parts[a][0], parts[b][1], parts[c][2]);
                is_refused(&verifier, mixed.as_bytes(), &tokens[a]).await;
            }
        }
    }
}

#[tokio::test]
async fn ten_thousand_random_changes_are_refused() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    let (_issuer, verifier, tokens) = start().await;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..10_000 {
        let token = &tokens[random.below(tokens.len())];
        let mut bytes = token.clone().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = ALPHABET[random.below(ALPHABET.len())];
        }
        is_refused(&verifier, &bytes, token).await;
    }
}
