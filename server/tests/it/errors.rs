//! Errors: one body for all of them, whatever was wrong.

use heimdall_sdk::NewRole;

use crate::support::{ADMIN_KEY, Raw, TestServer};

/// A request with what the SDK never sends.
struct Odd {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Odd {
    fn new(method: &'static str, path: &'static str) -> Self {
        Self {
            method,
            path,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn json(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::new("POST", "/v1/apps/acme/roles")
        }
        .with("content-type", "application/json")
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    async fn send(self, server: &TestServer) -> Raw {
        let method = reqwest::Method::from_bytes(self.method.as_bytes()).unwrap();
        let mut request = server
            .http
            .request(method, format!("{}{}", server.base, self.path))
            .bearer_auth(ADMIN_KEY);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        Raw::of(request.body(self.body).send().await.unwrap()).await
    }
}

/// It is an error with the one body, whose request id is that of the header.
#[track_caller]
fn assert_error(answer: &Raw, status: u16, code: &str) {
    assert_eq!(
        (answer.status, &*answer.code()),
        (status, code),
        "{}",
        answer.text
    );
    let json = answer.json();
    let error = json["error"].as_object().unwrap();
    assert_eq!(
        error["request_id"],
        answer.headers["x-request-id"].to_str().unwrap()
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty())
    );
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/json")
    );
}

on_both! {
    async fn a_body_that_is_no_json_is_malformed(server) {
        server.app("acme").await;
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for body in [
            "", "{", "nul", "{'name':'x'}", "{\"name\":\"x\",}", "[1,]", "{} {}", "\u{feff}{}", "{\"name\":\"x\",\"name\":\"y\",\"permissions\":[]}",
            "{\"name\":\"a\\u0000b\",\"permissions\":[]}", "{\"name\":\"\\ud800\",\"permissions\":[]}", "NaN", "{\"name\":1e400}",
        ] {
            assert_error(&Odd::json(body).send(&server).await, 400, "MALFORMED_JSON");
        }
        assert_error(&Odd::json(deep(100_000)).send(&server).await, 400, "MALFORMED_JSON");
        assert_error(&Odd::json(b"{\"name\":\"\xff\"}".to_vec()).send(&server).await, 400, "MALFORMED_JSON");
        assert_error(&Odd::json("[]").send(&server).await, 400, "VALIDATION_ERROR");
    }

    async fn all_wrong_fields_are_named_at_once_by_their_path(server) {
        server.app("acme").await;
        let body = r#"{"name": "Not A Slug", "display_name": 7, "settings": {"password_min_length": 3, "colour": "red"},
            "roles": [{"name": "ok", "permissions": ["fine:one", "Not One"]}, {"permissions": "x"}],
            "owner": {"email": ["a@b.example"], "metadata": []}, "id": "app_1"}"#;
        let answer = server.raw("POST", "/v1/apps", ADMIN_KEY, Some(body)).await;
        assert_error(&answer, 400, "VALIDATION_ERROR");
        let mut fields = answer.fields();
        fields.sort();
        assert_eq!(fields, [
            "display_name", "id", "name", "owner.email", "owner.metadata", "roles[0].permissions[1]", "roles[1].name",
            "roles[1].permissions", "settings.colour", "settings.password_min_length",
        ]);
    }

    async fn all_wrong_parameters_are_named_at_once(server) {
        let tenant = server.app("acme").await;
        let users = "/v1/apps/acme/users?limit=0&status=gone&role=No%20Role&cursor=%20&q=&email=a&email=b";
        let answer = server.raw("GET", users, ADMIN_KEY, None).await;
        assert_error(&answer, 400, "VALIDATION_ERROR");
        assert_eq!(answer.fields(), ["email", "status", "role", "q", "limit", "cursor"]);
        assert!(answer.text.contains("must be given only once"), "{}", answer.text);
        let events = format!("/v1/apps/{}/events?after=-1&wait=61&limit=x", tenant.app.id);
        let answer = server.raw("GET", &events, ADMIN_KEY, None).await;
        assert_eq!(answer.fields(), ["after", "wait", "limit"]);
        let answer = server.raw("DELETE", "/v1/apps/acme/roles/viewer?force=yes", ADMIN_KEY, None).await;
        assert_eq!(answer.fields(), ["force"]);
        // Who may not ask is not told what would be right.
        assert_error(&server.raw("GET", users, "nonsense", None).await, 401, "UNAUTHENTICATED");
    }

    async fn an_idempotency_key_that_can_not_be_read_is_not_passed_over(server) {
        server.app("acme").await;
        let body = r#"{"name":"x","permissions":[]}"#;
        let long = "k".repeat(256);
        for key in ["caf\u{e9}", "", long.as_str()] {
            let answer = Odd::json(body).with("idempotency-key", key).send(&server).await;
            assert_error(&answer, 400, "VALIDATION_ERROR");
            assert!(answer.fields().iter().all(|field| field == "Idempotency-Key"));
        }
        let twice = Odd::json(body).with("idempotency-key", "a").with("idempotency-key", "b");
        assert_eq!(twice.send(&server).await.fields(), ["Idempotency-Key"]);
        assert_eq!(Odd::json(body).with("idempotency-key", "a b").send(&server).await.status, 201);
    }

    async fn a_body_has_a_type_and_a_size_that_are_read(server) {
        server.app("acme").await;
        let good = r#"{"name":"x","permissions":[]}"#;
        let large = format!(r#"{{"name":"x","permissions":[{}]}}"#, " ".repeat(1024 * 1024));
        assert_error(&Odd::json(large).send(&server).await, 413, "PAYLOAD_TOO_LARGE");
        for content_type in ["text/plain", "application/xml", "application/json; charset=utf-16", "application/x-www-form-urlencoded"] {
            let odd = Odd { body: good.into(), ..Odd::new("POST", "/v1/apps/acme/roles") };
            assert_error(&odd.with("content-type", content_type).send(&server).await, 415, "UNSUPPORTED_MEDIA_TYPE");
        }
        let none = Odd { body: good.into(), ..Odd::new("POST", "/v1/apps/acme/roles") };
        assert_error(&none.send(&server).await, 415, "UNSUPPORTED_MEDIA_TYPE");
        let twice = Odd::json(good).with("content-type", "text/plain");
        assert_error(&twice.send(&server).await, 415, "UNSUPPORTED_MEDIA_TYPE");
        assert_error(&Odd::json(good).with("content-encoding", "gzip").send(&server).await, 415, "UNSUPPORTED_MEDIA_TYPE");
        let fine = Odd { body: good.into(), ..Odd::new("POST", "/v1/apps/acme/roles") };
        assert_eq!(fine.with("content-type", "Application/JSON; charset=UTF-8").send(&server).await.status, 201);
    }

    async fn a_path_that_is_none_and_a_method_that_is_none_are_told(server) {
        server.app("acme").await;
        for path in ["/v1/nothing", "/v1/apps/acme/", "/v1//apps", "/v2/apps", "/v1/apps/acme/users/%00", "/v1/apps/%2e%2e"] {
            let answer = Odd::new("GET", path).send(&server).await;
            assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.text);
            assert!(!answer.code().is_empty(), "{path}");
        }
        assert_error(&Odd::new("GET", "/v1/nothing").send(&server).await, 404, "NOT_FOUND");
        for (method, path, allow) in [
            ("PUT", "/v1/apps", "GET, HEAD, POST"),
            ("POST", "/v1/apps/acme", "DELETE, GET, HEAD, PATCH"),
            ("DELETE", "/v1/apps/acme/tokens", "POST"),
            ("TRACE", "/v1/me", "GET, HEAD, PATCH"),
            ("PATCH", "/v1/.well-known/jwks.json", "GET, HEAD"),
        ] {
            let answer = Odd::new(method, path).send(&server).await;
            assert_error(&answer, 405, "METHOD_NOT_ALLOWED");
            let mut told: Vec<_> = answer.headers["allow"].to_str().unwrap().split(", ").collect();
            told.sort_unstable();
            assert_eq!(told.join(", "), allow, "{method} {path}");
        }
        let overridden = Odd::new("POST", "/v1/apps/acme").with("x-http-method-override", "DELETE");
        assert_error(&overridden.send(&server).await, 405, "METHOD_NOT_ALLOWED");
    }

    async fn a_head_is_a_get_without_its_body(server) {
        server.app("acme").await;
        for path in ["/v1/apps/acme", "/v1/apps/acme/users", "/v1/.well-known/jwks.json", "/v1/apps/nobody"] {
            let (get, head) = (Odd::new("GET", path).send(&server).await, Odd::new("HEAD", path).send(&server).await);
            assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
            assert_eq!(head.headers["content-type"], get.headers["content-type"], "{path}");
        }
    }

    async fn a_request_keeps_its_id_if_that_is_sane(server) {
        server.app("acme").await;
        let sent = Odd::new("GET", "/v1/nothing").with("x-request-id", "Order_4711.a-b").send(&server).await;
        assert_eq!(sent.headers["x-request-id"], "Order_4711.a-b");
        assert_error(&sent, 404, "NOT_FOUND");
        for odd in ["a b".to_owned(), "<script>".into(), "a;b".into(), "\"".into(), "x".repeat(129)] {
            let sent = Odd::new("GET", "/v1/apps/acme").with("x-request-id", &odd).send(&server).await;
            let made = sent.headers["x-request-id"].to_str().unwrap();
            assert!(made != odd && made.len() == 26, "{odd}: {made}");
        }
        let role = NewRole::new("x", ["a:b"]);
        server.admin.app("acme").roles().create(&role).request_id("trace-1").await.unwrap();
        assert_eq!(server.events_of("acme").await.pop().unwrap().request_id.as_deref(), Some("trace-1"));
    }

    async fn text_comes_back_as_it_went_in_on_either_database(server) {
        server.app("acme").await;
        for text in ["Ünïcödé", "日本語", "👩‍👩‍👧‍👦", "\u{ffff}", "O'Brien \"; DROP TABLE users; --", "{}[]<>&%_\\", "עברית"] {
            let user = heimdall_sdk::NewUser::new(format!("u{}@acme.example", server.clock.now().micros())).with_display_name(text).with_metadata([("note", text)]);
            match server.admin.app("acme").users().create(&user).await {
                Ok(made) => {
                    assert_eq!(made.display_name.as_deref(), Some(text));
                    let found = server.admin.app("acme").users().get(&made.id).await.unwrap();
                    assert_eq!((found.display_name.as_deref(), found.metadata["note"].as_str()), (Some(text), Some(text)));
                }
                Err(error) => assert_eq!(error.status(), Some(400), "{text}: {error}"),
            }
        }
    }

    async fn nothing_that_goes_wrong_is_told_in_detail(server) {
        server.app("acme").await;
        for answer in [
            server.raw("POST", "/v1/apps/acme/roles", ADMIN_KEY, Some("{")).await,
            server.raw("POST", "/v1/apps/acme/roles", ADMIN_KEY, Some(r#"{"name":1}"#)).await,
            server.raw("GET", "/v1/apps/acme/users?limit=x", ADMIN_KEY, None).await,
            server.raw("GET", "/v1/apps/acme/users?status=x", ADMIN_KEY, None).await,
            server.raw("GET", "/v1/apps/acme/audit-logs?since=yesterday", ADMIN_KEY, None).await,
        ] {
            assert_eq!(answer.status, 400, "{}", answer.text);
            for leak in ["heimdall_server", "serde", "poem", "sqlx", "Option<", "::"] {
                assert!(!answer.text.contains(leak), "{leak} in {}", answer.text);
            }
        }
    }
}
