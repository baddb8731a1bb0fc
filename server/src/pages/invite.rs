//! The page behind an invite's link: a form to join by.

use std::collections::HashMap;

use poem::http::StatusCode;
use poem::web::{Data, Form, Path};
use poem::{Response, handler};

use super::html::{Field, form, notice};
use super::http::{SameSite, answer};
use crate::app::Heimdall;
use crate::http::text::TokenInPath;
use crate::http::{ApiError, code::Code, origin};
use crate::invites::http::{Acceptance, Preview};
use crate::{invites, limits};

#[handler]
pub(super) async fn show(
    heimdall: Data<&Heimdall>,
    origin: origin::From,
    token: Path<String>,
) -> Response {
    match look_at(&heimdall, &origin, &token).await {
        Ok(preview) => answer(
            &heimdall,
            StatusCode::OK,
            &title(&preview),
            invite_form(&preview, &HashMap::new(), &[]),
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
    let preview = match look_at(&heimdall, &origin, &token).await {
        Ok(preview) => preview,
        Err(error) => return refused(&heimdall, &error),
    };
    let acceptance = match acceptance(&preview, &given) {
        Ok(acceptance) => acceptance,
        Err(error) => return again(&heimdall, &preview, &given, &error),
    };
    let token = TokenInPath(token.0);
    match invites::http::accept(&heimdall, origin, &token, None, acceptance).await {
        Ok(_) => {
            let joined = format!("You have joined {}", preview.app_display_name);
            let body = notice(
                &joined,
                &[
                    "Your account is ready. You can close this page and sign in with your email address and your new password.",
                ],
            );
            answer(&heimdall, StatusCode::CREATED, &joined, body)
        }
        Err(error) if error.code == Code::ValidationError || error.code == Code::Conflict => {
            again(&heimdall, &preview, &given, &error)
        }
        Err(error) => refused(&heimdall, &error),
    }
}

async fn look_at(
    heimdall: &Heimdall,
    origin: &origin::From,
    token: &str,
) -> Result<Preview, ApiError> {
    origin.take(heimdall, limits::GUESSES)?;
    let (app, invite) = invites::http::find(heimdall, &TokenInPath(token.to_owned())).await?;
    Ok(invites::http::preview(heimdall, &app, invite).await?)
}

/// What the form says, by the very rules of the API's body.
fn acceptance(preview: &Preview, given: &HashMap<String, String>) -> Result<Acceptance, ApiError> {
    let mut body = serde_json::Map::new();
    for name in ["display_name", "email", "password"] {
        let value = given.get(name).filter(|value| !value.is_empty());
        if let Some(value) = value.filter(|_| name != "email" || preview.email.is_none()) {
            body.insert(name.to_owned(), value.clone().into());
        }
    }
    crate::http::body::checked(body.into())
}

fn title(preview: &Preview) -> String {
    format!("Join {}", preview.app_display_name)
}

fn invite_form(
    preview: &Preview,
    given: &HashMap<String, String>,
    wrong: &[crate::error::Wrong],
) -> String {
    let error = |name: &str| {
        let wrong = wrong.iter().find(|wrong| wrong.field == name);
        wrong.map(|wrong| format!("{} {}", label(name), wrong.reason))
    };
    let mut fields = Vec::new();
    if preview.email.is_none() {
        fields.push(Field {
            name: "email",
            label: label("email"),
            kind: "email",
            autocomplete: "email",
            hint: None,
            value: given.get("email").cloned(),
            required: true,
            error: error("email"),
        });
    }
    fields.push(Field {
        name: "display_name",
        label: label("display_name"),
        kind: "text",
        autocomplete: "name",
        hint: None,
        value: given.get("display_name").cloned(),
        required: false,
        error: error("display_name"),
    });
    fields.push(Field {
        name: "password",
        label: label("password"),
        kind: "password",
        autocomplete: "new-password",
        hint: Some("A few words that belong together only for you make a good one.".into()),
        value: None,
        required: true,
        error: error("password"),
    });
    let invited = match &preview.email {
        Some(email) => {
            // An address that is taken is not a field that could be changed.
            let taken = error("email").map_or(String::new(), |_| {
                " There is an account with this address already: sign in with it.".into()
            });
            format!("{email} is invited as {}.{taken}", preview.roles.join(", "))
        }
        None => format!("You are invited as {}.", preview.roles.join(", ")),
    };
    notice(&title(preview), &[&invited]) + "\n" + &form(&fields, "Join")
}

fn label(name: &str) -> &'static str {
    match name {
        "email" => "Email address",
        "display_name" => "Your name",
        _ => "Password",
    }
}

/// The form again, with what is wrong in it.
fn again(
    heimdall: &Heimdall,
    preview: &Preview,
    given: &HashMap<String, String>,
    error: &ApiError,
) -> Response {
    let body = invite_form(preview, given, &error.details);
    answer(heimdall, error.code.status(), &title(preview), body)
}

/// A page that says why there is nothing to be done.
fn refused(heimdall: &Heimdall, error: &ApiError) -> Response {
    let (heading, sentence) = match error.code {
        Code::InviteExpired => (
            "This invite has expired",
            "Ask whoever invited you for a new one.",
        ),
        Code::InviteUsed => (
            "This invite has been used",
            "If it was you who used it, sign in. Else ask whoever invited you for a new one.",
        ),
        Code::InviteRevoked => (
            "This invite is no longer valid",
            "Ask whoever invited you for a new one.",
        ),
        Code::NotFound => (
            "There is no such invite",
            "The link may be incomplete: copy all of it into the address bar.",
        ),
        Code::AppSuspended => (
            "Nobody can join at present",
            "Ask whoever invited you when it will be possible.",
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
