//! The claims of an access token (RFC 9068 §2.2, and Heimdall's own), read strictly.
//!
//! A claim that is there twice is refused, whichever of the two a lenient reader would take; a time that is not a JSON integer is
//! refused and never taken for one that is absent.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Fault;

/// What a token says. All times but `iat_us` are whole seconds since the Unix epoch.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) jti: String,
    pub(crate) app_id: String,
    pub(crate) app: String,
    pub(crate) user_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) sid: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) scope: String,
    pub(crate) act: Option<Act>,
    pub(crate) iat_us: Option<i64>,
    /// Whatever else is in it.
    pub(crate) extra: Map<String, Value>,
}

/// Who acts for the subject (RFC 8693 §4.1).
#[derive(Debug, Deserialize)]
pub(crate) struct Act {
    pub(crate) sub: String,
}

/// RFC 7519 §4.1.3 lets an audience be a string or an array; of an array exactly one is taken.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Array([String; 1]),
}

impl Claims {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(json).map_err(|_| Fault::Claims)
    }

    /// The instant of issue in microseconds since the Unix epoch.
    pub(crate) fn issued_at_us(&self) -> i64 {
        self.iat_us
            .unwrap_or_else(|| self.iat.saturating_mul(1_000_000))
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor)
    }
}

struct ClaimsVisitor;

impl<'de> Visitor<'de> for ClaimsVisitor {
    type Value = Claims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of an access token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
        let mut iss = None;
        let mut sub = None;
        let mut aud = None;
        let mut exp = None;
        let mut iat = None;
        let mut nbf = None;
        let mut jti = None;
        let mut app_id = None;
        let mut app = None;
        let mut user_id = None;
        let mut client_id = None;
        let mut sid = None;
        let mut roles = None;
        let mut permissions = None;
        let mut scope = None;
        let mut act = None;
        let mut iat_us = None;
        let mut extra = Map::new();
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*name {
                "iss" => once(&mut iss, &mut map)?,
                "sub" => once(&mut sub, &mut map)?,
                "aud" => once(&mut aud, &mut map)?,
                "exp" => once(&mut exp, &mut map)?,
                "iat" => once(&mut iat, &mut map)?,
                "nbf" => once(&mut nbf, &mut map)?,
                "jti" => once(&mut jti, &mut map)?,
                "app_id" => once(&mut app_id, &mut map)?,
                "app" => once(&mut app, &mut map)?,
                "user_id" => once(&mut user_id, &mut map)?,
                "client_id" => once(&mut client_id, &mut map)?,
                "sid" => once(&mut sid, &mut map)?,
                "roles" => once(&mut roles, &mut map)?,
                "permissions" => once(&mut permissions, &mut map)?,
                "scope" => once(&mut scope, &mut map)?,
                "act" => once(&mut act, &mut map)?,
                "iat_us" => once(&mut iat_us, &mut map)?,
                _ if extra.contains_key(&*name) => {
                    map.next_value::<IgnoredAny>()?;
                    return Err(A::Error::custom("a claim is there twice"));
                }
                _ => {
                    let value = map.next_value()?;
                    extra.insert(name.into_owned(), value);
                }
            }
        }
        let aud = match required(aud, "aud")? {
            Audience::One(aud) | Audience::Array([aud]) => aud,
        };
        Ok(Claims {
            iss: required(iss, "iss")?,
            sub: required(sub, "sub")?,
            aud,
            exp: required(exp, "exp")?,
            iat: required(iat, "iat")?,
            nbf: required(nbf, "nbf")?,
            jti: required(jti, "jti")?,
            app_id: required(app_id, "app_id")?,
            app: required(app, "app")?,
            user_id,
            client_id: required(client_id, "client_id")?,
            sid,
            roles: required(roles, "roles")?,
            permissions: required(permissions, "permissions")?,
            scope: required(scope, "scope")?,
            act,
            iat_us,
            extra,
        })
    }
}

fn once<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    slot: &mut Option<T>,
    map: &mut A,
) -> Result<(), A::Error> {
    match slot.replace(map.next_value()?) {
        None => Ok(()),
        Some(_) => Err(A::Error::custom("a claim is there twice")),
    }
}

fn required<T, E: Error>(slot: Option<T>, name: &'static str) -> Result<T, E> {
    slot.ok_or_else(|| E::missing_field(name))
}
