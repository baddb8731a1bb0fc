//! Webhooks: registered, signed, delivered until they are acknowledged, and never sent where they shouldn't.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use heimdall_sdk::{
    Code, DeliveryStatus, NewUser, NewWebhook, Replay, WebhookChanges, WebhookStatus,
};
use heimdall_webhook_verify::{Event, Secret, Verifier};

use crate::support::{ADMIN_KEY, TestServer, refused};

/// A receiver that answers as it is told, and keeps what came.
#[derive(Clone, Default)]
struct Sink {
    received: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    url: String,
}

impl Sink {
    /// Answers with these statuses, one after the other, and then with 200.
    async fn answering(statuses: &[u16]) -> Self {
        let mut sink = Self::default();
        sink.answers.lock().unwrap().extend(statuses.iter().rev());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        sink.url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = sink.clone();
        let app = Router::new().route(
            "/hook",
            post(move |headers: HeaderMap, body: Bytes| async move {
                let status = state.answers.lock().unwrap().pop().unwrap_or(200);
                if status == 0 {
                    std::future::pending::<()>().await;
                }
                state.received.lock().unwrap().push((headers, body));
                StatusCode::from_u16(status).unwrap()
            }),
        );
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        sink
    }

    fn received(&self) -> Vec<(HeaderMap, Bytes)> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until so many deliveries have come.
    async fn comes_to(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        let arrived = tokio::time::timeout(Duration::from_secs(20), async {
            while self.received().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        arrived
            .await
            .unwrap_or_else(|_| panic!("{} of {count} deliveries came", self.received().len()));
        self.received()
    }
}

/// Registers a sink, and gives the endpoint's id and a verifier with its secret.
async fn register(server: &TestServer, sink: &Sink, events: &[&str]) -> (String, Verifier) {
    let new = NewWebhook::new(&sink.url, events.iter().copied());
    let made = server
        .admin
        .app("acme")
        .webhooks()
        .create(&new)
        .await
        .unwrap();
    let secret = Secret::parse(made.secret.unwrap().expose()).unwrap();
    (made.id, Verifier::new([secret]).unwrap())
}

/// Waits until an endpoint's newest delivery has this status.
async fn delivery_is(
    server: &TestServer,
    id: &str,
    status: DeliveryStatus,
) -> heimdall_sdk::Delivery {
    let found = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let page = server
                .admin
                .app("acme")
                .webhooks()
                .deliveries(id, &Default::default())
                .await
                .unwrap();
            if let Some(newest) = page
                .data
                .into_iter()
                .next()
                .filter(|newest| newest.status == status)
            {
                return newest;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    found.await.unwrap()
}

async fn make_user(server: &TestServer, name: &str) -> heimdall_sdk::User {
    server
        .admin
        .app("acme")
        .users()
        .create(&NewUser::new(format!("{name}@x.example")))
        .await
        .unwrap()
}

fn event(verifier: &Verifier, (headers, body): &(HeaderMap, Bytes)) -> Event {
    verifier.verify(headers, body).unwrap().event().unwrap()
}

on_both! {
    async fn an_event_is_delivered_signed_both_ways(server) {
        server.app("acme").await;
        let sink = Sink::answering(&[]).await;
        let (_, verifier) = register(&server, &sink, &["user.created"]).await;
        let user = make_user(&server, "carol").await;
        let delivered = sink.comes_to(1).await;
        let (headers, body) = &delivered[0];
        assert!(headers.contains_key("x-heimdall-signature") && headers.contains_key("webhook-signature"));
        let event = event(&verifier, &delivered[0]);
        assert_eq!((event.kind.as_str(), event.data.user_id()), ("user.created", Some(user.id.as_str())));
        assert_eq!(headers["webhook-id"], event.id.as_str());
        let mut tampered = body.to_vec();
        tampered[10] ^= 1;
        assert!(verifier.verify(headers, &tampered).is_err());
        let text = String::from_utf8_lossy(body);
        assert!(!text.contains("password") && !text.contains("argon2"), "{text}");
    }

    async fn what_fails_is_tried_again_with_the_same_id_until_it_succeeds(server) {
        server.app("acme").await;
        let sink = Sink::answering(&[500, 302, 503]).await;
        let (id, verifier) = register(&server, &sink, &["user.created"]).await;
        make_user(&server, "carol").await;
        let attempts = sink.comes_to(4).await;
        let ids: Vec<_> = attempts.iter().map(|attempt| event(&verifier, attempt).id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]));
        let delivery = delivery_is(&server, &id, DeliveryStatus::Succeeded).await;
        let statuses: Vec<_> = delivery.attempts.iter().filter_map(|attempt| attempt.status_code).collect();
        assert_eq!(statuses, [500, 302, 503, 200]);
    }

    async fn what_never_succeeds_is_given_up_and_can_be_replayed(server) {
        server.app("acme").await;
        let sink = Sink::answering(&[500; 6]).await;
        let (id, _) = register(&server, &sink, &["user.created"]).await;
        make_user(&server, "carol").await;
        let failed = delivery_is(&server, &id, DeliveryStatus::Failed).await;
        assert_eq!((failed.attempts.len(), failed.next_attempt_at), (6, None));
        let failed_only = Replay::default().with_status(DeliveryStatus::Failed);
        let webhooks = server.admin.app("acme").webhooks();
        assert_eq!(webhooks.replay(&id, &failed_only).await.unwrap().scheduled, 1);
        delivery_is(&server, &id, DeliveryStatus::Succeeded).await;
        // It got there: there is nothing left to be replayed.
        assert_eq!(webhooks.replay(&id, &failed_only).await.unwrap().scheduled, 0);
        webhooks.redeliver(&id, &failed.id).await.unwrap();
        sink.comes_to(8).await;
    }

    async fn one_endpoint_that_hangs_delays_no_other(server) {
        server.app("acme").await;
        let hanging = Sink::answering(&[0; 100]).await;
        let quick = Sink::answering(&[]).await;
        register(&server, &hanging, &["user.created"]).await;
        register(&server, &quick, &["user.created"]).await;
        for number in 0..30 {
            make_user(&server, &format!("user{number}")).await;
        }
        quick.comes_to(30).await;
    }

    async fn an_endpoint_that_is_gone_is_disabled_and_that_is_in_the_log(server) {
        server.app("acme").await;
        let sink = Sink::answering(&[410]).await;
        let (id, _) = register(&server, &sink, &["user.created"]).await;
        make_user(&server, "carol").await;
        delivery_is(&server, &id, DeliveryStatus::Failed).await;
        let webhooks = server.admin.app("acme").webhooks();
        assert_eq!(webhooks.get(&id).await.unwrap().status, WebhookStatus::Disabled);
        let log = server.admin.app("acme").audit_logs().list(&Default::default()).await.unwrap();
        assert!(log.data.iter().any(|event| event.kind.as_str() == "webhook.disabled"));
        // What happens meanwhile is not for it; what it was due comes when it is back.
        webhooks.update(&id, &WebhookChanges::default().with_status(WebhookStatus::Active)).await.unwrap();
        make_user(&server, "dave").await;
        sink.comes_to(2).await;
    }

    async fn for_a_day_after_a_rotation_both_secrets_sign(server) {
        server.app("acme").await;
        let sink = Sink::answering(&[]).await;
        let (id, old) = register(&server, &sink, &["user.created"]).await;
        let rotated = server.admin.app("acme").webhooks().rotate_secret(&id).await.unwrap();
        let new = Verifier::new([Secret::parse(rotated.secret.unwrap().expose()).unwrap()]).unwrap();
        make_user(&server, "carol").await;
        let delivered = sink.comes_to(1).await;
        event(&old, &delivered[0]);
        event(&new, &delivered[0]);
        server.advance(Duration::from_secs(24 * 3600 + 1));
        make_user(&server, "dave").await;
        let delivered = sink.comes_to(2).await;
        let now: std::time::SystemTime = server.clock.now().datetime().into();
        assert!(new.verify_at(&delivered[1].0, &delivered[1].1, now).is_ok());
        assert!(old.verify_at(&delivered[1].0, &delivered[1].1, now).is_err());
    }

    async fn a_test_event_goes_to_its_endpoint_alone(server) {
        server.app("acme").await;
        let (one, two) = (Sink::answering(&[]).await, Sink::answering(&[]).await);
        let (id, verifier) = register(&server, &one, &["role.created"]).await;
        register(&server, &two, &["*"]).await;
        server.admin.app("acme").webhooks().test(&id).await.unwrap();
        let delivered = one.comes_to(1).await;
        assert_eq!(event(&verifier, &delivered[0]).kind.as_str(), "webhook.test");
        make_user(&server, "carol").await;
        two.comes_to(1).await;
        assert_eq!(two.received().len(), 1);
    }

    async fn a_sink_that_fails_every_third_time_gets_everything(server) {
        server.app("acme").await;
        let answers: Vec<u16> = (0..40).map(|n| if n % 3 == 2 { 500 } else { 200 }).collect();
        let sink = Sink::answering(&answers).await;
        let (_, verifier) = register(&server, &sink, &["user.created"]).await;
        let mut made = Vec::new();
        for number in 0..25 {
            made.push(make_user(&server, &format!("user{number}")).await.id);
        }
        let told = tokio::time::timeout(Duration::from_secs(30), async {
            loop {
                let events: Vec<_> = sink.received().iter().map(|one| event(&verifier, one)).collect();
                let told = |id: &String| events.iter().any(|event| event.data.user_id() == Some(id));
                if made.iter().all(told) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        told.await.unwrap();
    }

    async fn what_is_wrong_with_an_endpoint_is_named(server) {
        server.app("acme").await;
        for url in ["http://10.0.0.1/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "ftp://x.example/", "https://u:p@x.example/"] {
            let body = serde_json::json!({"url": url, "events": ["user.created", "user.flew"]}).to_string();
            let answer = server.raw("POST", "/v1/apps/acme/webhooks", ADMIN_KEY, Some(&body)).await;
            assert_eq!(answer.fields(), ["url", "events[1]"], "{url}: {}", answer.text);
        }
    }

    async fn another_app_has_no_such_endpoint_and_hears_of_nothing(server) {
        server.app("acme").await;
        server.app("globex").await;
        let sink = Sink::answering(&[]).await;
        let (id, _) = register(&server, &sink, &["*"]).await;
        let stranger = server.client_of("globex", "admin@globex.example").await;
        for app in ["acme", "globex"] {
            let webhooks = stranger.app(app).webhooks();
            assert_eq!(refused(webhooks.get(&id).await), Code::NotFound);
            assert_eq!(refused(webhooks.rotate_secret(&id).await), Code::NotFound);
            assert_eq!(refused(webhooks.replay(&id, &Replay::default()).await), Code::NotFound);
            assert_eq!(refused(webhooks.delete(&id).await), Code::NotFound);
        }
        server.admin.app("globex").users().create(&NewUser::new("g@x.example")).await.unwrap();
        make_user(&server, "carol").await;
        sink.comes_to(1).await;
        assert!(!sink.received().iter().any(|(_, body)| String::from_utf8_lossy(body).contains("g@x.example")));
    }

    async fn what_was_due_when_the_server_stopped_comes_when_it_is_back(server) {
        server.app("acme").await;
        let sink = Sink::answering(&[503]).await;
        register(&server, &sink, &["user.created"]).await;
        make_user(&server, "carol").await;
        let server = server.restart().await;
        sink.comes_to(2).await;
        drop(server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_the_work_and_lose_nothing() {
    let server = TestServer::postgres().await;
    server.app("acme").await;
    let other = server.another_node().await;
    let sink = Sink::answering(&[]).await;
    let (_, verifier) = register(&server, &sink, &["user.created"]).await;
    let mut made = Vec::new();
    for number in 0..40 {
        let node = if number % 2 == 0 { &server } else { &other };
        made.push(make_user(node, &format!("user{number}")).await.id);
    }
    let delivered = sink.comes_to(40).await;
    let events: Vec<_> = delivered.iter().map(|one| event(&verifier, one)).collect();
    assert!(
        made.iter()
            .all(|id| events.iter().any(|event| event.data.user_id() == Some(id)))
    );
}
