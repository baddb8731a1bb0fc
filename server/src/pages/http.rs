//! Where the pages are, and what goes with each of them.

use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody, Response, Route, get, handler};
use sha2::{Digest as _, Sha256};

use super::html::{Page, STYLE};
use super::{invite, link};
use crate::app::Heimdall;
use crate::events::hash::hex;
use crate::http::{ApiError, code::Code};

/// Nothing runs, nothing is loaded but the style sheet, and nobody may put a frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The pages, under the base path.
pub fn routes() -> Route {
    Route::new()
        .at("/invites/:token", get(invite::show).post(invite::accept))
        .at("/links/:token", get(link::show).post(link::accept))
        .at("/pages/style.css", get(style))
}

/// What a browser says of where a form was sent from. A page of another site can't know the token, and is not believed if it does.
pub(super) struct SameSite;

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
fn style() -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header("cache-control", "public, max-age=31536000, immutable")
        .body(STYLE)
}

/// A page, and the headers that every one has.
pub(super) fn answer(
    heimdall: &Heimdall,
    status: StatusCode,
    title: &str,
    body: String,
) -> Response {
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
