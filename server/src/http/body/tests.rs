#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use poem::http::Method;
use poem_openapi::types::{MaybeUndefined, ToJSON};
use poem_openapi::{ApiRequest, Enum, Object, OpenApi, OpenApiService, Union};
use serde_json::json;

use super::super::allow::Allow;
use super::super::answer::Answer;
use super::super::form::Form;
use super::super::payload::MAX_BODY;
use super::super::testing::{Seen, post, request, send, within};
use super::*;

#[derive(Debug, Object)]
struct CreateThing {
    #[oai(validator(max_length = 5, pattern = "^[a-zü]+$"))]
    name: String,
    #[oai(validator(min_items = 1, max_items = 3, unique_items, min_length = 2))]
    tags: Option<Vec<String>>,
    #[oai(nullable)]
    note: MaybeUndefined<String>,
    #[oai(
        default = "ten",
        validator(minimum(value = "1"), maximum(value = "20"))
    )]
    size: u8,
    small: Option<i8>,
    status: Option<Status>,
    settings: Option<Settings>,
    rows: Option<Vec<Settings>>,
    metadata: Option<HashMap<String, Value>>,
    until: Option<chrono::DateTime<chrono::Utc>>,
}

fn ten() -> u8 {
    10
}

#[derive(Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum Status {
    Active,
    Suspended,
}

#[derive(Debug, Object)]
struct Settings {
    access_token_ttl_seconds: u32,
    strict: Option<bool>,
}

#[derive(Debug, Union)]
#[oai(discriminator_name = "grant_type")]
enum Grant {
    #[oai(mapping = "password")]
    Password(PasswordGrant),
    #[oai(mapping = "client_credentials")]
    Client(ClientGrant),
}

#[derive(Debug, Object)]
struct PasswordGrant {
    email: String,
    password: String,
}

#[derive(Debug, Object)]
struct ClientGrant {
    client_id: String,
    scope: Option<String>,
}

#[derive(Debug, Object)]
struct Introspect {
    token: String,
    deep: Option<bool>,
    depth: Option<i32>,
}

#[derive(Debug, ApiRequest)]
enum JsonOrForm {
    Json(Body<Introspect>),
    Form(Form<Introspect>),
}

struct Api;

#[OpenApi]
impl Api {
    #[oai(path = "/things", method = "post", operation_id = "create_thing")]
    async fn create(&self, body: Body<CreateThing>) -> Result<Answer<Value>, ApiError> {
        Ok(Answer(body.0.to_json().unwrap_or_default()))
    }

    #[oai(path = "/tokens", method = "post", operation_id = "issue_token")]
    async fn issue(&self, body: Body<Grant>) -> Result<Answer<Value>, ApiError> {
        Ok(Answer(body.0.to_json().unwrap_or_default()))
    }

    #[oai(path = "/introspect", method = "post", operation_id = "introspect")]
    async fn introspect(&self, form: Form<Introspect>) -> Result<Answer<Value>, ApiError> {
        Ok(Answer(form.0.to_json().unwrap_or_default()))
    }

    #[oai(path = "/either", method = "post", operation_id = "either")]
    async fn either(&self, asked: JsonOrForm) -> Result<Answer<Value>, ApiError> {
        let (JsonOrForm::Json(Body(asked)) | JsonOrForm::Form(Form(asked))) = asked;
        Ok(Answer(asked.to_json().unwrap_or_default()))
    }
}

async fn ask(request: Request) -> Seen {
    let app = OpenApiService::new(Api, "lab", "1");
    send(
        &within(poem::Route::new().nest("/", app), Allow::default()),
        request,
    )
    .await
}

async fn create(body: Value) -> Seen {
    ask(post("/things", "application/json", body.to_string())).await
}

async fn form(body: &'static str) -> Seen {
    let media_type = "application/x-www-form-urlencoded";
    ask(post("/introspect", media_type, body)).await
}

#[tokio::test]
async fn a_right_body_arrives() {
    let seen = create(json!({
        "name": "aüa", "tags": ["ab", "üü"], "note": null, "size": 20, "small": -128,
        "status": "active", "settings": {"access_token_ttl_seconds": 1},
        "metadata": {"any": [{"thing": null}], "x": 1.5}, "until": "2030-01-31T12:00:00Z",
    }))
    .await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert_eq!(seen.json()["tags"], json!(["ab", "üü"]));
    let seen = create(json!({"name": "a"})).await;
    assert_eq!((seen.status, &seen.json()["size"]), (200, &json!(10)));
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once_by_its_path() {
    let seen = create(json!({
        "name": "TooLong1",
        "tags": ["a", "bc", "bc", ],
        "size": 21,
        "small": 128,
        "status": "gone",
        "settings": {"strict": "yes", "more": 1},
        "rows": [{"access_token_ttl_seconds": 1}, {"access_token_ttl_seconds": -1}, 7],
        "metadata": [],
        "until": "tomorrow",
        "colour": "blue",
        "a.b": 1,
    }))
    .await;
    assert_eq!((seen.status, &*seen.code()), (400, "VALIDATION_ERROR"));
    let mut details = seen.details();
    details.sort();
    assert_eq!(
        details,
        [
            r#"["a.b"]: is not a known field"#,
            "colour: is not a known field",
            "metadata: must be an object",
            "name: must be at most 5 characters",
            "name: must match the pattern ^[a-zü]+$",
            "rows[1].access_token_ttl_seconds: must be between 0 and 4294967295",
            "rows[2]: must be an object",
            "settings.access_token_ttl_seconds: is required",
            "settings.more: is not a known field",
            "settings.strict: must be true or false",
            "size: must be at most 20",
            "small: must be between -128 and 127",
            "status: must be one of active, suspended",
            "tags[0]: must be at least 2 characters",
            "tags[2]: is there twice",
            "until: must be an RFC 3339 time, such as 2030-01-31T12:00:00Z",
        ]
    );
}

#[tokio::test]
async fn no_other_kind_of_value_passes_for_a_string() {
    for value in [
        json!(["a"]),
        json!({"a": 1}),
        json!(1),
        json!(true),
        json!(null),
    ] {
        let seen = create(json!({"name": value})).await;
        assert_eq!(seen.details(), ["name: must be a string"], "{value}");
    }
    for (size, reason) in [
        (json!("1"), "must be a whole number"),
        (json!(1.0), "must be a whole number"),
        (json!(-0.0), "must be a whole number"),
        (json!(0), "must be at least 1"),
        (json!(-1), "must be at least 1"),
        (json!(9_007_199_254_740_993_u64), "must be at most 20"),
    ] {
        let seen = create(json!({"name": "a", "size": size})).await;
        assert_eq!(seen.details(), [format!("size: {reason}")], "{size}");
    }
}

#[tokio::test]
async fn lengths_count_characters_and_lists_their_items() {
    let seen = create(json!({"name": "üüüüü", "tags": []})).await;
    assert_eq!(seen.details(), ["tags: must not be empty"]);
    let seen = create(json!({"name": "üüüüüü", "tags": ["aa", "bb", "cc", "dd"]})).await;
    assert_eq!(
        seen.details(),
        [
            "name: must be at most 5 characters",
            "tags: must have at most 3 items"
        ]
    );
}

#[tokio::test]
async fn null_clears_only_what_may_be_null() {
    assert_eq!(create(json!({"name": "a", "note": null})).await.status, 200);
    let seen = create(json!({"name": "a", "status": null, "settings": null})).await;
    assert_eq!(
        seen.details(),
        ["settings: must be an object", "status: must be a string"]
    );
}

#[tokio::test]
async fn a_body_that_is_no_object_is_told_so() {
    for body in ["[]", "null", "1", "\"name\""] {
        let seen = ask(post("/things", "application/json", body)).await;
        assert_eq!(seen.details(), ["body: must be an object"], "{body}");
    }
}

#[tokio::test]
async fn a_discriminator_chooses_the_fields() {
    let ask = |body: Value| ask(post("/tokens", "application/json", body.to_string()));
    let right = json!({"grant_type": "client_credentials", "client_id": "hci_1"});
    assert_eq!(ask(right).await.status, 200);
    let seen = ask(json!({"grant_type": "password", "email": ["a"], "client_id": "x"})).await;
    let mut details = seen.details();
    details.sort();
    assert_eq!(
        details,
        [
            "client_id: is not a known field",
            "email: must be a string",
            "password: is required"
        ]
    );
    let seen = ask(json!({"grant_type": "magic"})).await;
    assert_eq!(
        seen.details(),
        ["grant_type: must be one of password, client_credentials"]
    );
    assert_eq!(ask(json!({})).await.details(), ["grant_type: is required"]);
}

#[tokio::test]
async fn malformed_json_is_told_where() {
    let seen = ask(post(
        "/things",
        "application/json",
        "{\"name\":\"a\",\n\"name\":\"b\"}",
    ))
    .await;
    assert_eq!((seen.status, &*seen.code()), (400, "MALFORMED_JSON"));
    let message = seen.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("\"name\" is there twice at line 2 column 6"),
        "{message}"
    );
    assert_eq!(
        ask(post("/things", "application/json", "")).await.code(),
        "MALFORMED_JSON"
    );
}

#[tokio::test]
async fn only_one_plain_json_type_is_read() {
    let body = r#"{"name":"a"}"#;
    assert_eq!(
        ask(post("/things", "application/json; charset=UTF-8", body))
            .await
            .status,
        200
    );
    let mut refused = vec![
        post("/things", "text/plain", body),
        post("/things", "application/json; charset=latin1", body),
        request(Method::POST, "/things"),
    ];
    for (name, value) in [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ] {
        let mut asked = post("/things", "application/json", body);
        asked.headers_mut().append(name, value.parse().unwrap());
        refused.push(asked);
    }
    for asked in refused {
        let headers = format!("{:?}", asked.headers());
        let seen = ask(asked).await;
        assert_eq!(
            (seen.status, &*seen.code()),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
            "{headers}"
        );
    }
}

#[tokio::test]
async fn a_body_may_have_one_mebibyte_whatever_its_length_header_says() {
    let padded = |length: usize| {
        let body = r#"{"name":"a"}"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    let seen = ask(post("/things", "application/json", padded(MAX_BODY))).await;
    assert_eq!(seen.status, 200);
    let seen = ask(post("/things", "application/json", padded(MAX_BODY + 1))).await;
    assert_eq!((seen.status, &*seen.code()), (413, "PAYLOAD_TOO_LARGE"));

    let unread = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
    let mut asked = post(
        "/things",
        "application/json",
        poem::Body::from_bytes_stream(unread),
    );
    let length = (MAX_BODY + 1).to_string().parse().unwrap();
    asked.headers_mut().insert("content-length", length);
    assert_eq!(ask(asked).await.status, 413, "refused before it is read");

    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 4096]));
    let endless = poem::Body::from_bytes_stream(endless);
    assert_eq!(
        ask(post("/things", "application/json", endless))
            .await
            .status,
        413
    );
}

#[tokio::test]
async fn a_form_is_read_by_the_same_schema() {
    let seen = form("token=a%2Bb+c%C3%BC&deep=true&depth=-3&").await;
    assert_eq!(
        seen.json(),
        json!({"token": "a+b cü", "deep": true, "depth": -3})
    );
    assert_eq!(form("token=1&depth=").await.json()["token"], "1");
    let seen = form("deep=1&depth=1.5&x=1").await;
    let mut details = seen.details();
    details.sort();
    assert_eq!(
        details,
        [
            "deep: must be true or false",
            "depth: must be a whole number",
            "token: is required",
            "x: is not a known field",
        ]
    );
}

#[tokio::test]
async fn a_form_says_everything_once_and_in_utf_8() {
    let seen = form("token=a&token=b").await;
    assert_eq!(seen.details(), ["token: is there twice"]);
    for body in ["token=%ff", "token=a%00"] {
        let seen = form(body).await;
        assert_eq!(
            seen.details(),
            ["token: must be UTF-8 without U+0000"],
            "{body}"
        );
    }
    let json = ask(post("/introspect", "application/json", "{}")).await;
    assert_eq!(json.code(), "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn one_operation_can_take_json_and_forms() {
    for (media_type, body) in [
        ("application/json", r#"{"token":"a"}"#),
        ("application/x-www-form-urlencoded", "token=a"),
    ] {
        let seen = ask(post("/either", media_type, body)).await;
        assert_eq!(seen.json()["token"], "a");
    }
    let seen = ask(post("/either", "text/plain", "token=a")).await;
    assert_eq!(seen.code(), "UNSUPPORTED_MEDIA_TYPE");
}

#[test]
fn the_document_has_the_schema_that_is_checked() {
    let spec = OpenApiService::new(Api, "lab", "1").spec();
    let document: Value = serde_json::from_str(&spec).unwrap();
    let content = &document["paths"]["/things"]["post"]["requestBody"]["content"];
    assert_eq!(
        content["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/CreateThing"})
    );
}
