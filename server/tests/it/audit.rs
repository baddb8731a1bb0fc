//! The log: what is in it, who may be found in it, and that nobody has changed it.

use heimdall_sdk::{AuditQuery, EventQuery, NewInvite, NewRole, NewUser, UserChanges};
use heimdall_server::db::{Db, Json};
use heimdall_server::events::hash::{GENESIS, Hashed};
use heimdall_server::kernel::Timestamp;

use crate::dump::{dump, holding};
use crate::support::PASSWORD;

/// A row of the log, without its hashes and with them.
type Facts = (String, i64, String, String, String, String, String, String);
type Sealed = (
    Json<serde_json::Value>,
    Vec<u8>,
    String,
    Timestamp,
    Vec<u8>,
    Vec<u8>,
);

/// Computes every hash of an App's log anew; the number of events.
pub(crate) async fn chain_of(db: &Db, app: &str) -> usize {
    let mut conn = db.read().await.unwrap();
    let facts: Vec<Facts> = conn
        .query(
            "SELECT app_id, seq, id, type, actor_type, actor_id, target_type, target_id
             FROM events WHERE app_id = $1 AND seq IS NOT NULL ORDER BY seq",
        )
        .bind(app)
        .all()
        .await
        .unwrap();
    let sealed: Vec<Sealed> = conn
        .query(
            "SELECT data, personal_digest, request_id, occurred_at, previous_hash, hash
             FROM events WHERE app_id = $1 AND seq IS NOT NULL ORDER BY seq",
        )
        .bind(app)
        .all()
        .await
        .unwrap();
    let mut before = GENESIS.to_vec();
    for (expected, (facts, sealed)) in (1..).zip(facts.iter().zip(&sealed)) {
        let (app_id, seq, id, kind, actor_type, actor_id, target_type, target_id) = facts;
        let (data, personal_digest, request_id, occurred_at, previous, hash) = sealed;
        assert_eq!((*seq, previous), (expected, &before), "{id}");
        let hashed = Hashed {
            app_id,
            seq: *seq,
            id,
            kind,
            actor: (actor_type, actor_id),
            target: (target_type, target_id),
            data: &data.0,
            personal_digest,
            request_id,
            occurred_at: &occurred_at.to_string(),
        };
        assert_eq!(hashed.hash(&before).as_slice(), hash.as_slice(), "{id}");
        before.clone_from(hash);
    }
    facts.len()
}

on_both! {
    async fn every_change_is_in_the_log_with_who_and_whence(server) {
        let tenant = server.app("acme").await;
        let admin = server.client_of("acme", "admin@acme.example").await;
        let new = NewRole::new("auditor", ["audit:read"]);
        let made = admin.app("acme").roles().create(&new).request_id("req-4711").await.unwrap();
        let event = server.events_of("acme").await.pop().unwrap();
        assert_eq!(event.kind.as_str(), "role.created");
        assert_eq!((event.actor.kind.as_str(), &event.actor.id), ("user", &tenant.users[0].id));
        assert_eq!((event.target.kind.as_str(), &event.target.id), ("role", &made.id));
        assert_eq!(event.request_id.as_deref(), Some("req-4711"));
        assert_eq!(event.ip.as_deref(), Some("127.0.0.1"));
        assert!(event.user_agent.unwrap().starts_with("heimdall-sdk/"));
        assert_eq!(event.data["role"], "auditor");
    }

    async fn the_feed_has_no_gap_and_the_audit_log_is_the_same_backwards(server) {
        server.app("acme").await;
        server.app("globex").await;
        let feed = server.events_of("acme").await;
        assert!(feed.iter().map(|event| event.seq).eq(1..=feed.len() as u64));
        let query = AuditQuery::default().with_limit(3);
        let mut log = server.admin.app("acme").audit_logs().list(&query).all().collect().await.unwrap();
        log.reverse();
        assert_eq!(log, feed);
        let rest = server.admin.app("acme").events().list(&EventQuery::after(feed[4].seq)).await.unwrap();
        assert_eq!(rest.data, feed[5..]);
    }

    async fn the_log_is_narrowed_by_type_actor_target_and_time(server) {
        let tenant = server.app("acme").await;
        let since = server.clock.now().datetime();
        let admin = server.client_of("acme", "admin@acme.example").await;
        admin.app("acme").users().update(&tenant.users[2].id, &UserChanges::default().with_display_name("V")).await.unwrap();
        let list = async |query: AuditQuery| {
            let found = server.admin.app("acme").audit_logs().list(&query).await.unwrap().data;
            found.into_iter().map(|event| event.kind.as_str().to_owned()).collect::<Vec<_>>()
        };
        let query = AuditQuery::default;
        assert_eq!(list(query().with_kind("user.updated")).await, ["user.updated"]);
        assert_eq!(list(query().with_actor(&tenant.users[0].id)).await, ["user.updated", "session.created"]);
        assert_eq!(list(query().with_target(&tenant.users[2].id)).await, ["user.updated", "role.assigned", "user.created"]);
        assert_eq!(list(query().with_since(since)).await, ["user.updated", "session.created"]);
        let before = list(query().with_until(since)).await;
        assert!(!before.contains(&"user.updated".to_owned()) && before.contains(&"app.created".to_owned()));
        assert!(list(query().with_kind("user.deleted")).await.is_empty());
    }

    async fn a_reader_of_the_feed_is_woken_by_what_happens(server) {
        server.app("acme").await;
        let last = server.events_of("acme").await.len() as u64;
        let client = server.admin.clone();
        let waiting = tokio::spawn(async move {
            client.app("acme").events().list(&EventQuery::after(last).with_wait(60)).await
        });
        server.admin.app("acme").roles().create(&NewRole::new("auditor", ["audit:read"])).await.unwrap();
        let woken = tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await;
        let woken = woken.expect("woken long before the wait is over").unwrap().unwrap();
        assert_eq!(woken.data[0].kind.as_str(), "role.created");
        assert_eq!(woken.next_after, last + 1);
    }

    async fn an_erased_person_is_in_no_table_and_the_chain_still_holds(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        // Of some things only the App's own people tell: a failed login, an invite, an address before.
        let tokens = acme.tokens();
        tokens.password("grace.hopper@navy.example", "before she came").await.unwrap_err();
        let invite = NewInvite::new("Grace.Hopper@navy.example").with_role("viewer");
        let invite = acme.invites().create(&invite).await.unwrap();
        let accept = heimdall_sdk::AcceptInvite::new("Grace Brewster", PASSWORD);
        let welcome = server.admin.invites().accept(invite.token.unwrap(), &accept).await.unwrap();
        let grace = welcome.user.id;
        tokens.password("grace.hopper@navy.example", "wrong").await.unwrap_err();
        let signed_in = tokens.password("grace.hopper@navy.example", PASSWORD).await.unwrap();
        tokens.refresh(signed_in.refresh_token.unwrap()).await.unwrap();
        let changes = UserChanges::default().with_email("g.murray@vassar.example").with_metadata([("phone", "555-0199")]);
        acme.users().update(&grace, &changes).await.unwrap();
        acme.password_resets().create(&grace, &Default::default()).await.unwrap();
        acme.email_verifications().create(&grace, &Default::default()).await.unwrap();
        acme.users().create(&NewUser::new("ada@acme.example").with_display_name("Ada")).await.unwrap();
        let events = server.events_of("acme").await.len();
        let before = dump(&server).await;
        let personal = ["grace.hopper@navy", "Grace Brewster", "g.murray@vassar", "555-0199"];
        for text in personal {
            assert!(!holding(&before, text).is_empty(), "{text} is looked for in the right way");
        }

        acme.users().purge(&grace).await.unwrap();

        let after = dump(&server).await;
        for text in personal {
            assert_eq!(holding(&after, text), [] as [&String; 0], "{text}");
        }
        assert!(!holding(&after, "ada@acme.example").is_empty());
        let sessions = server.events_of("acme").await;
        assert_eq!(sessions.len(), events + 1);
        assert!(sessions.iter().filter(|event| event.actor.id == grace).all(|event| event.ip.is_none()));
        let app = server.admin.apps().get("acme").await.unwrap().id;
        assert_eq!(chain_of(&server.heimdall().db, &app).await, events + 1);
    }

    async fn nobody_guesses_a_secret_out_of_the_database(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let credential = acme.credentials().create(&heimdall_sdk::NewCredential::new("x", ["a:b"])).await.unwrap();
        let key = server.admin.admin_keys().create(&heimdall_sdk::NewAdminKey::new("x", ["a:b"])).await.unwrap();
        let invite = acme.invites().create(&NewInvite::open().with_role("viewer")).idempotency_key("once").await.unwrap();
        let tokens = server.sign_in("acme", "viewer@acme.example").await;
        let secrets = [
            crate::support::ADMIN_KEY.to_owned(),
            PASSWORD.to_owned(),
            credential.client_secret.unwrap().expose().to_owned(),
            key.key.unwrap().expose().to_owned(),
            invite.token.unwrap().expose().to_owned(),
            tokens.access_token.expose().to_owned(),
            tokens.refresh_token.unwrap().expose().to_owned(),
        ];
        let dump = dump(&server).await;
        for secret in secrets {
            assert_eq!(holding(&dump, &secret), [] as [&String; 0], "{secret}");
        }
    }

    async fn the_log_of_many_writers_is_one_chain(server) {
        server.app("acme").await;
        let writing = (0..20).map(|at| {
            let client = server.admin.clone();
            async move {
                let role = NewRole::new(format!("role-{at}"), ["a:b"]);
                client.app("acme").roles().create(&role).await.unwrap();
                client.app("acme").roles().delete(&format!("role-{at}")).await.unwrap();
            }
        });
        futures_util::future::join_all(writing).await;
        let events = server.events_of("acme").await;
        let app = server.admin.apps().get("acme").await.unwrap().id;
        assert_eq!(chain_of(&server.heimdall().db, &app).await, events.len());
        for at in 0..20 {
            let role = format!("role-{at}");
            let of_it = events.iter().filter(|event| event.data.get("role").is_some_and(|name| *name == role.as_str()));
            let kinds: Vec<_> = of_it.map(|event| event.kind.as_str().to_owned()).collect();
            assert_eq!(kinds, ["role.created", "role.deleted"], "{role}");
        }
    }
}
