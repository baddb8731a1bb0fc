//! Where the pages are, and what goes with each of them.

use std::collections::HashMap;

use poem::http::StatusCode;
use poem::web::{Data, Form, Path};
use poem::{FromRequest, Request, RequestBody, Response, Route, get, handler};
use sha2::{Digest as _, Sha256};

use super::html::{Field, Page, STYLE, form, notice};
use crate::app::Heimdall;
use crate::events::hash::hex;
use crate::http::origin;
use crate::http::text::TokenInPath;
use crate::http::{ApiError, code::Code};
use crate::invites::http::{Acceptance, Preview};
use crate::{invites, limits};

/// Nothing runs, nothing is loaded but the style sheet, and nobody may put a frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The pages, under the base path.
pub fn routes() -> Route {
    Route::new()
        .at("/invites/:token", get(show_invite).post(accept_invite))
        .at("/pages/style.css", get(style))
}

/// What a browser says of where a form was sent from. A page of another site can't know the token, and is not believed if it does.
struct SameSite;

impl<'a> FromRequest<'a> for SameSite {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let site = request.header("sec-fetch-site").unwrap_or("same-origin");
        let ours = request
            .data::<Heimdall>()
            .map(|heimdall| heimdall.config.public_url.origin.as_str());
        let from = request.header("origin").filter(|from| *from != "null");
        let matches = from.is_none() || from == ours;
        if matches!(site, "same-origin" | "none") && matches {
            return Ok(Self);
        }
        Err(ApiError::with(
            Code::PermissionDenied,
            "The form was sent from another site.",
        )
        .into())
    }
}

#[handler]
async fn show_invite(
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
async fn accept_invite(
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

#[handler]
fn style() -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header("cache-control", "public, max-age=31536000, immutable")
        .body(STYLE)
}

async fn look_at(
    heimdall: &Heimdall,
    origin: &origin::From,
    token: &str,
) -> Result<Preview, ApiError> {
    heimdall
        .limits
        .take(limits::GUESSES, origin.ip(), heimdall.clock.now())?;
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

fn answer(heimdall: &Heimdall, status: StatusCode, title: &str, body: String) -> Response {
    let version = hex(&Sha256::digest(STYLE)[..8]);
    let style_url = format!(
        "{}/pages/style.css?{version}",
        heimdall.config.public_url.path
    );
    let page = Page {
        title,
        style_url: &style_url,
        body,
    };
    Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header("content-security-policy", POLICY)
        // The address holds the token.
        .header("referrer-policy", "no-referrer")
        .header("cache-control", "no-store")
        .body(page.render())
}
