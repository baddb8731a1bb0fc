//! Verifying a token: from memory, by its signature, or by asking.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::json;
use url::Url;

use crate::VerifierBuilder;
use crate::bearer::bearer;
use crate::cache::Cache;
use crate::claims::{Claims, Header, Parts, decode, parse};
use crate::jwks::Jwks;
use crate::keys;
use crate::principal::{Facts, Principal};
use crate::rejection::Rejection;
use crate::revoked::Revoked;

/// Verifies tokens. Cheap to clone; the clones share keys, revocations and what was verified already.
#[derive(Clone)]
pub struct Verifier(pub(crate) Arc<Inner>);

pub(crate) type FromRoute = Box<dyn Fn(&http::Uri) -> Option<String> + Send + Sync>;

/// Where the App comes from whose tokens are accepted.
pub(crate) enum Expected {
    Named(String),
    FromRoute(FromRoute),
}

pub(crate) type Now = Box<dyn Fn() -> i64 + Send + Sync>;

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    /// The base URL, as tokens have it in `iss`.
    pub(crate) issuer: String,
    pub(crate) base: Url,
    pub(crate) expected: Expected,
    pub(crate) jwks: Jwks,
    pub(crate) revoked: Revoked,
    pub(crate) cache: Cache,
    pub(crate) credential: Option<String>,
    pub(crate) max_staleness: Option<Duration>,
    pub(crate) on_stale: OnStale,
    pub(crate) leeway: i64,
    /// Microseconds since the Unix epoch.
    pub(crate) now_us: Now,
}

/// What to do with a token that verifies while what is known of revocations is older than
/// [`VerifierBuilder::max_staleness`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStale {
    /// Refuse it: 503.
    #[default]
    Deny,
    /// Let it through, as a verifier without a feed does.
    Allow,
    /// Ask Heimdall about this token; if it can't be reached, refuse it: 503.
    Introspect,
}

/// What a token comes to without asking anybody.
pub(crate) enum Local {
    Known(Result<Principal, Rejection>),
    /// Its key is not at hand.
    UnknownKey(String),
    /// It verifies, but the revocations are too old to say more.
    Stale(Principal),
}

impl Verifier {
    /// Begins a verifier of the tokens of the Heimdall at this base URL: its `HEIMDALL_PUBLIC_URL`, which is the issuer.
    pub fn builder(base_url: &str) -> VerifierBuilder {
        VerifierBuilder::new(base_url)
    }

    /// Verifies the bearer token of a request.
    ///
    /// For whoever is no tower service; [`HeimdallLayer`](crate::HeimdallLayer) does it for those who are.
    pub async fn verify(
        &self,
        headers: &HeaderMap,
        uri: &http::Uri,
    ) -> Result<Principal, Rejection> {
        match self.verify_now(headers, uri) {
            Some(outcome) => outcome,
            None => self.verify_asking(headers, uri).await,
        }
    }

    /// What can be said without asking anybody, which is nearly always everything.
    pub(crate) fn verify_now(
        &self,
        headers: &HeaderMap,
        uri: &http::Uri,
    ) -> Option<Result<Principal, Rejection>> {
        let Some(token) = bearer(headers) else {
            return Some(Err(Rejection::NoToken));
        };
        match self.local(token, uri) {
            Local::Known(outcome) => Some(outcome),
            Local::UnknownKey(_) | Local::Stale(_) => None,
        }
    }

    pub(crate) async fn verify_asking(
        &self,
        headers: &HeaderMap,
        uri: &http::Uri,
    ) -> Result<Principal, Rejection> {
        let token = bearer(headers).ok_or(Rejection::NoToken)?;
        let mut local = self.local(token, uri);
        if let Local::UnknownKey(kid) = &local {
            if !self.0.jwks.look_up(kid, self.now_us() / 1000).await {
                let no_keys_yet = self.0.jwks.keys().is_empty();
                return Err(if no_keys_yet {
                    Rejection::Unavailable
                } else {
                    Rejection::Unauthenticated
                });
            }
            local = self.local(token, uri);
        }
        match local {
            Local::Known(outcome) => outcome,
            Local::UnknownKey(_) => Err(Rejection::Unauthenticated),
            Local::Stale(principal) => match self.0.on_stale {
                OnStale::Allow => Ok(principal),
                OnStale::Deny => Err(Rejection::Unavailable),
                OnStale::Introspect => self.introspect(token, principal).await,
            },
        }
    }

    fn local(&self, token: &str, uri: &http::Uri) -> Local {
        let inner = &*self.0;
        let expected = match &inner.expected {
            Expected::Named(app) => Some(std::borrow::Cow::Borrowed(app.as_str())),
            Expected::FromRoute(app) => app(uri).map(std::borrow::Cow::Owned),
        };
        let Some(expected) = expected else {
            return Local::Known(Err(Rejection::Unauthenticated));
        };
        let now_us = self.now_us();
        let now = now_us.div_euclid(1_000_000);
        let digest = Cache::digest(token);
        // Read before the limits are: what comes in between is looked at again next time.
        let generation = inner.revoked.generation();
        if let Some(verified) = inner.cache.get(&digest) {
            let facts = &verified.principal.0;
            let outcome = self
                .in_time(facts, now)
                .and_then(|()| is_for(facts, &expected))
                .and_then(|()| {
                    if verified.is_fresh(generation) {
                        return Ok(());
                    }
                    inner.revoked.check(facts)
                });
            if let Err(rejection) = outcome {
                if matches!(
                    rejection,
                    Rejection::TokenExpired | Rejection::TokenRevoked | Rejection::TokenStale
                ) {
                    inner.cache.remove(&digest);
                }
                return Local::Known(Err(rejection));
            }
            verified.looked_at(generation);
            return self.unless_stale(verified.principal.clone(), now_us);
        }
        let facts = match self.signed(token) {
            Ok(facts) => facts,
            Err(Refused::UnknownKey(kid)) => return Local::UnknownKey(kid),
            Err(Refused::NotOurs) => return Local::Known(Err(Rejection::Unauthenticated)),
        };
        let outcome = is_for(&facts, &expected)
            .and_then(|()| self.in_time(&facts, now))
            .and_then(|()| inner.revoked.check(&facts));
        if let Err(rejection) = outcome {
            return Local::Known(Err(rejection));
        }
        let principal = Principal(Arc::new(facts));
        inner
            .cache
            .insert(digest, principal.clone(), generation, now);
        self.unless_stale(principal, now_us)
    }

    /// What a token says, if one of Heimdall's keys signed it: by the key's algorithm, never the header's.
    fn signed(&self, token: &str) -> Result<Facts, Refused> {
        let parts = Parts::of(token).ok_or(Refused::NotOurs)?;
        let header = decode(parts.header).ok_or(Refused::NotOurs)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Refused::NotOurs)?;
        if !header.is_plain() || header.kid.len() > 100 {
            return Err(Refused::NotOurs);
        }
        let keys = self.0.jwks.keys();
        let Some(key) = keys.get(header.kid) else {
            return Err(Refused::UnknownKey(header.kid.to_owned()));
        };
        if header.alg != keys::name(key.algorithm) {
            return Err(Refused::NotOurs);
        }
        let message = parts.signed.as_bytes();
        let right =
            jsonwebtoken::crypto::verify(parts.signature, message, &key.verifies, key.algorithm);
        // The signature in its one spelling, too: base64 has bits to spare at the end.
        let canonical = decode(parts.signature)
            .is_some_and(|bytes| URL_SAFE_NO_PAD.encode(bytes) == parts.signature);
        if !right.unwrap_or(false) || !canonical {
            return Err(Refused::NotOurs);
        }
        let claims: Claims = decode(parts.payload)
            .and_then(|json| parse(&json))
            .ok_or(Refused::NotOurs)?;
        if claims.iss != self.0.issuer || !claims.aud.is(&claims.app_id) {
            return Err(Refused::NotOurs);
        }
        Ok(facts(claims, header.kid))
    }

    fn in_time(&self, facts: &Facts, now: i64) -> Result<(), Rejection> {
        if facts.expires.saturating_add(self.0.leeway) <= now {
            return Err(Rejection::TokenExpired);
        }
        if facts.not_before.saturating_sub(self.0.leeway) > now {
            return Err(Rejection::Unauthenticated);
        }
        Ok(())
    }

    fn unless_stale(&self, principal: Principal, now_us: i64) -> Local {
        let Some(most) = self.0.max_staleness else {
            return Local::Known(Ok(principal));
        };
        let most = i64::try_from(most.as_micros()).unwrap_or(i64::MAX);
        let age = now_us.saturating_sub(self.0.revoked.answered_us());
        if age <= most {
            Local::Known(Ok(principal))
        } else {
            Local::Stale(principal)
        }
    }

    /// Asks Heimdall, which knows of revocations at once.
    async fn introspect(&self, token: &str, principal: Principal) -> Result<Principal, Rejection> {
        let Some(credential) = &self.0.credential else {
            return Err(Rejection::Unavailable);
        };
        let url = format!(
            "{}/v1/apps/{}/tokens/verify",
            self.0.base.as_str().trim_end_matches('/'),
            principal.app_id()
        );
        let asked = self
            .0
            .http
            .post(url)
            .bearer_auth(credential)
            .json(&json!({ "token": token }));
        let answer = asked
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(|_| Rejection::Unavailable)?;
        let answer: serde_json::Value = answer.json().await.map_err(|_| Rejection::Unavailable)?;
        match answer.get("valid").and_then(serde_json::Value::as_bool) {
            Some(true) => Ok(principal),
            Some(false) => Err(Rejection::TokenRevoked),
            None => Err(Rejection::Unavailable),
        }
    }

    pub(crate) fn now_us(&self) -> i64 {
        (self.0.now_us)()
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}

enum Refused {
    NotOurs,
    UnknownKey(String),
}

/// Whether a token is for this App, named by its id or, as a route may have it, by its name (which is an App's for ever).
fn is_for(facts: &Facts, expected: &str) -> Result<(), Rejection> {
    let is_it = facts.app_id == expected || facts.app.as_deref() == Some(expected);
    is_it.then_some(()).ok_or(Rejection::Unauthenticated)
}

fn facts(claims: Claims, kid: &str) -> Facts {
    let mut permissions = claims.permissions;
    permissions.sort_unstable();
    Facts {
        issued_us: claims
            .iat_us
            .unwrap_or(claims.iat.saturating_mul(1_000_000)),
        not_before: claims.nbf.unwrap_or(claims.iat).max(claims.iat),
        expires: claims.exp,
        subject: claims.sub,
        app_id: claims.app_id,
        app: claims.app,
        user_id: claims.user_id,
        client_id: claims.client_id,
        session_id: claims.sid,
        roles: claims.roles,
        permissions,
        scope: claims.scope,
        act: claims.act.map(|act| act.sub),
        jti: claims.jti,
        kid: kid.to_owned(),
    }
}
