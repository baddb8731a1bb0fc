//! Judging a token by what is at hand, and by what is worth waiting for.
//!
//! Nearly every token is judged without waiting. What can't be (a key that is not there yet, a feed that has not been read yet, a
//! question to Heimdall) is a [`Setback`], and only then is there a future to poll.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::app::AppRule;
use crate::cache::{self, Cache, Verified};
use crate::keys::{Lookup, Ring};
use crate::policy::{OnStaleNow, Policy};
use crate::revocations::{Revocations, Verdict};
use crate::token::Unverified;
use crate::{Algorithm, Clock, Fault, Principal, Refusal};

/// All that the clones of a verifier share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) app: AppRule,
    pub(crate) issuer: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) leeway_us: i64,
    pub(crate) ring: Arc<Ring>,
    pub(crate) following: Option<Following>,
    pub(crate) cache: Cache,
    pub(crate) clock: Arc<dyn Clock>,
    /// Aborted with the last verifier.
    pub(crate) _tasks: JoinSet<()>,
}

/// The revocation feed, where there is one.
#[derive(Debug)]
pub(crate) struct Following {
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) policy: Policy,
}

/// Why a token was not let through by what is at hand.
pub(crate) enum Setback {
    Refused(Refusal),
    /// The key is not there; what it is then refused with.
    NoKey(Refusal),
    FeedNotRead,
    MustAsk(Principal),
}

impl<R: Into<Refusal>> From<R> for Setback {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

impl Inner {
    /// Judges a token by what is at hand. `patient` is whether it may still be waited for the first answer of the feed.
    pub(crate) fn decide(
        &self,
        token: &[u8],
        app: &str,
        patient: bool,
    ) -> Result<Principal, Setback> {
        let digest = cache::digest(token);
        if let Some(found) = self.cache.get(&digest)
            && let Some(verified) = &*found
            && self.ring.holds(&verified.key)
        {
            return self.admit(verified, app, patient);
        }
        let token = Unverified::parse(token)?;
        let key = match self.ring.find(token.kid()) {
            Lookup::Found(key) => key,
            Lookup::Unknown if self.has_revoked_key(token.kid()) => {
                return Err(Refusal::Revoked.into());
            }
            Lookup::Unknown => return Err(Setback::NoKey(Fault::UnknownKey.into())),
            Lookup::NoKeys => return Err(Setback::NoKey(Refusal::Unavailable)),
        };
        if !self.algorithms.contains(&key.algorithm()) {
            return Err(Fault::Algorithm.into());
        }
        let claims = token.verify(&key)?;
        if claims.iss != self.issuer {
            return Err(Fault::Issuer.into());
        }
        if claims.aud != app || claims.app_id != app {
            return Err(Fault::App.into());
        }
        let verified = Arc::new(Verified::new(digest, Principal::new(claims), key));
        self.cache.insert(Arc::clone(&verified));
        self.admit(&verified, app, patient)
    }

    /// A leaked key is published no more. That its tokens are refused for it, and not as a stranger's, tells their holders to sign in
    /// anew.
    fn has_revoked_key(&self, kid: &str) -> bool {
        let following = self.following.as_ref();
        following.is_some_and(|following| following.revocations.marks.has_revoked_key(kid))
    }

    /// What is looked at each time, however often the token was seen before.
    fn admit(&self, verified: &Verified, app: &str, patient: bool) -> Result<Principal, Setback> {
        let claims = verified.principal.claims();
        if claims.app_id != app {
            return Err(Fault::App.into());
        }
        let now_us = self.clock.unix_micros();
        let us = |seconds: i64| seconds.saturating_mul(1_000_000);
        if now_us.saturating_sub(self.leeway_us) >= us(claims.exp) {
            return Err(Refusal::Expired.into());
        }
        if now_us.saturating_add(self.leeway_us) < us(claims.nbf.max(claims.iat)) {
            return Err(Fault::NotYet.into());
        }
        let Some(following) = &self.following else {
            return Ok(verified.principal.clone());
        };
        let marks = &following.revocations.marks;
        let revision = marks.revision();
        if !verified.is_cleared_at(revision) {
            match marks.judge(verified.key.kid(), claims) {
                Verdict::Clear => verified.clear_at(revision),
                Verdict::Revoked => return Err(Refusal::Revoked.into()),
                Verdict::Stale => return Err(Refusal::Stale.into()),
            }
        }
        following.admit(&verified.principal, patient)
    }

    /// Waits for what was missing, once each, and judges again.
    pub(crate) async fn overcome(
        &self,
        token: &[u8],
        app: &str,
        mut setback: Setback,
    ) -> Result<Principal, Refusal> {
        let (mut has_asked_for_keys, mut patient) = (false, true);
        loop {
            match setback {
                Setback::Refused(refusal) => return Err(refusal),
                Setback::NoKey(refusal) if has_asked_for_keys => return Err(refusal),
                Setback::NoKey(_) => {
                    self.ring.refresh().await;
                    has_asked_for_keys = true;
                }
                Setback::FeedNotRead => {
                    if let Some(following) = &self.following {
                        following.revocations.first_try().await;
                    }
                    patient = false;
                }
                Setback::MustAsk(principal) => return self.ask(token, app, principal).await,
            }
            match self.decide(token, app, patient) {
                Ok(principal) => return Ok(principal),
                Err(next) => setback = next,
            }
        }
    }

    /// Asks Heimdall about a token that is good as far as can be told here.
    async fn ask(
        &self,
        token: &[u8],
        app: &str,
        principal: Principal,
    ) -> Result<Principal, Refusal> {
        let policy = self
            .following
            .as_ref()
            .map(|following| &following.policy.on_stale);
        let (Some(OnStaleNow::Introspect(heimdall)), Ok(token)) = (policy, str::from_utf8(token))
        else {
            return Err(Refusal::Unavailable);
        };
        match heimdall.is_valid(app, token).await {
            Ok(true) => Ok(principal),
            Ok(false) => Err(Refusal::Revoked),
            Err(error) => {
                tracing::warn!(%error, "asking Heimdall about a token failed");
                Err(Refusal::Unavailable)
            }
        }
    }
}

impl Following {
    /// Whether a token that the feed has nothing against is let through, by how fresh the feed is.
    fn admit(&self, principal: &Principal, patient: bool) -> Result<Principal, Setback> {
        let limit = self.policy.max_staleness;
        let is_fresh = match (&self.policy.on_stale, self.revocations.was_complete()) {
            (_, false) => false,
            // The time need not be looked at.
            (OnStaleNow::Allow, true) => true,
            (_, true) => !self.revocations.is_older_than(limit),
        };
        if is_fresh {
            return Ok(principal.clone());
        }
        if patient && !self.revocations.has_been_tried() {
            return Err(Setback::FeedNotRead);
        }
        match self.policy.on_stale {
            OnStaleNow::Allow => Ok(principal.clone()),
            OnStaleNow::Deny => Err(Refusal::Unavailable.into()),
            OnStaleNow::Introspect(_) => Err(Setback::MustAsk(principal.clone())),
        }
    }
}
