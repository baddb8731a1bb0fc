//! The page behind a one-time link: a new password, or the confirmation of an address.
//!
//! Confirming is a button and not the visit: mail programs visit links before people do.

use std::collections::HashMap;

use poem::http::StatusCode;
use poem::web::{Data, Form, Path};
use poem::{Response, handler};

use super::html::{Field, form, notice};
use super::http::{SameSite, answer};
use crate::app::Heimdall;
use crate::apps::App;
use crate::error::Wrong;
use crate::http::text::TokenInPath;
use crate::http::{ApiError, code::Code, origin};
use crate::links::{Kind, Link};
use crate::{limits, links};

#[handler]
pub(super) async fn show(
    heimdall: Data<&Heimdall>,
    origin: origin::From,
    token: Path<String>,
) -> Response {
    match look_at(&heimdall, &origin, &token).await {
        Ok((app, link)) => answer(
            &heimdall,
            StatusCode::OK,
            title(&link),
            contents(&app, &link, &[]),
        ),
        Err(error) => refused(&heimdall, &error),
    }
}

#[handler]
pub(super) async fn accept(
    heimdall: Data<&Heimdall>,
    origin: origin::From,
    _same_site: SameSite,
    token: Path<String>,
    Form(given): Form<HashMap<String, String>>,
) -> Response {
    let (app, link) = match look_at(&heimdall, &origin, &token).await {
        Ok(found) => found,
        Err(error) => return refused(&heimdall, &error),
    };
    let mut fields = serde_json::Map::new();
    if let Some(password) = given
        .get("password")
        .filter(|password| !password.is_empty())
    {
        fields.insert("password".into(), password.clone().into());
    }
    let accepted = match crate::http::body::checked(fields.into()) {
        Ok(acceptance) => {
            links::http::accept(&heimdall, origin, &TokenInPath(token.0), acceptance).await
        }
        Err(error) => Err(error),
    };
    match accepted {
        Ok(_) => {
            let (heading, sentence) = match link.kind {
                Kind::PasswordReset => (
                    "Your password is set",
                    "You have been signed out everywhere. Sign in with the new password.",
                ),
                Kind::EmailVerification => {
                    ("Your address is confirmed", "You can close this page.")
                }
            };
            answer(
                &heimdall,
                StatusCode::OK,
                heading,
                notice(heading, &[sentence]),
            )
        }
        Err(error) if error.code == Code::ValidationError => answer(
            &heimdall,
            error.code.status(),
            title(&link),
            contents(&app, &link, &error.details),
        ),
        Err(error) => refused(&heimdall, &error),
    }
}

async fn look_at(
    heimdall: &Heimdall,
    origin: &origin::From,
    token: &str,
) -> Result<(App, Link), ApiError> {
    origin.take(heimdall, limits::GUESSES)?;
    Ok(links::http::find(heimdall, &TokenInPath(token.to_owned())).await?)
}

fn title(link: &Link) -> &'static str {
    match link.kind {
        Kind::PasswordReset => "Set a new password",
        Kind::EmailVerification => "Confirm your address",
    }
}

fn contents(app: &App, link: &Link, wrong: &[Wrong]) -> String {
    let whose = format!("For {} at {}.", link.email, app.display_name);
    let heading = notice(title(link), &[&whose]);
    match link.kind {
        Kind::PasswordReset => {
            let wrong = wrong.iter().find(|wrong| wrong.field == "password");
            let field = Field {
                name: "password",
                label: "New password",
                kind: "password",
                autocomplete: "new-password",
                hint: Some("You will be signed out everywhere.".into()),
                value: None,
                required: true,
                error: wrong.map(|wrong| format!("Password {}", wrong.reason)),
            };
            heading + "\n" + &form(&[field], "Set the password")
        }
        Kind::EmailVerification => heading + "\n" + &form(&[], "This is my address"),
    }
}

/// A page that says why there is nothing to be done.
fn refused(heimdall: &Heimdall, error: &ApiError) -> Response {
    let (heading, sentence) = match error.code {
        Code::LinkExpired => ("This link has expired", "Ask for a new one."),
        Code::LinkUsed => (
            "This link has been used",
            "A link works once. Ask for a new one if you need it.",
        ),
        Code::NotFound => (
            "There is no such link",
            "It may be incomplete: copy all of it into the address bar.",
        ),
        Code::AppSuspended => (
            "This is not possible at present",
            "Ask whoever sent you the link when it will be.",
        ),
        Code::RateLimited => (
            "Too many attempts",
            "Please wait a minute, then load this page again.",
        ),
        _ => (
            "This did not work",
            "Please load this page again in a minute.",
        ),
    };
    answer(
        heimdall,
        error.code.status(),
        heading,
        notice(heading, &[sentence]),
    )
}
