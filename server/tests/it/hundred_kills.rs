//! The server is killed a hundred times, the receiver fails every third time and the database crashes twice: every event
//! that was acknowledged gets there, and nothing does that isn't stored.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use heimdall_sdk::{
    Client, DeliveryQuery, DeliveryStatus, Error, Event, NewApp, NewUser, NewWebhook, UserQuery,
    WebhookStatus,
};
use heimdall_server::db::{Db, Url};

use crate::audit::chain_of;
use crate::binary::Binary;
use crate::postgres::Cluster;
use crate::receiver::Receiver;
use crate::support::events_of;

/// How often a server is killed.
const KILLS: usize = 100;
/// Before which of them the database crashes.
const CRASHES: [usize; 2] = [33, 66];
/// Those who make users, all at once.
const WRITERS: usize = 4;
/// Nobody waits as long: a delivery whose sender died comes again within a minute.
const PATIENCE: Duration = Duration::from_secs(240);

/// A user who was acknowledged.
#[derive(Clone, Debug)]
struct Made {
    id: String,
    email: String,
}

/// Makes users until it is told to stop; whoever isn't answered asks again, at another node, with the same key.
async fn write(
    worker: usize,
    nodes: Vec<Client>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
) -> Vec<Made> {
    let mut made = Vec::new();
    let mut attempt = worker;
    while !stop.load(Ordering::SeqCst) {
        let email = format!("user-{worker}-{}@acme.example", made.len());
        let new = NewUser::new(&email);
        let user = loop {
            attempt += 1;
            let users = nodes[attempt % nodes.len()].app("acme").users();
            match users.create(&new).idempotency_key(&email).await {
                Ok(user) => break user,
                Err(error) => assert!(is_outage(&error), "{email}: {error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(2)).await; // where nobody listens the refusal comes at once
        };
        answered.fetch_add(1, Ordering::SeqCst);
        made.push(Made { id: user.id, email });
    }
    made
}

/// Nobody answered, or somebody without a database did.
fn is_outage(error: &Error) -> bool {
    matches!(error, Error::Transport { .. }) || error.status() == Some(503)
}

async fn every_event_gets_there(database: String, count: usize, cluster: Option<&Cluster>) {
    let receiver = Receiver::start().await;
    let settings = [
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
        ("WEBHOOK_RETRY_SCHEDULE", &["50ms"; 40].join(",")),
    ];
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(Binary::start(&database, &settings).await);
    }
    let clients: Vec<_> = nodes.iter().map(Binary::client).collect();
    clients[0]
        .apps()
        .create(&NewApp::new("acme"))
        .await
        .unwrap();
    let webhooks = clients[0].app("acme").webhooks();
    let new = NewWebhook::new(&receiver.url, ["user.created"]);
    let endpoint = webhooks.create(&new).await.unwrap();
    receiver.expect(endpoint.secret.unwrap().expose());

    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for worker in 0..WRITERS {
        writers.spawn(write(
            worker,
            clients.clone(),
            stop.clone(),
            answered.clone(),
        ));
    }
    let random = RandomState::new();
    for kill in 0..KILLS {
        if let Some(cluster) = cluster.filter(|_| CRASHES.contains(&kill)) {
            tokio::task::block_in_place(|| {
                cluster.kill();
                cluster.start();
            });
        }
        // At no place in particular: after none to seven more were answered.
        let chance = random.hash_one(kill) as usize;
        let until = answered.load(Ordering::SeqCst) + chance % 8;
        let moved = tokio::time::timeout(Duration::from_secs(60), async {
            while answered.load(Ordering::SeqCst) < until && !writers.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        moved.await.expect("users are made between the kills");
        nodes[chance / 8 % count].kill_and_start_again().await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut made = Vec::new();
    while let Some(ended) = writers.join_next().await {
        made.extend(ended.unwrap());
    }
    assert!(made.len() >= KILLS, "only {} users were made", made.len());

    let client = &clients[0];
    settled(client, &endpoint.id).await;
    let events = stored(client).await;
    let db = Db::open(&Url::parse(&database).unwrap()).await.unwrap();
    let app = client.apps().get("acme").await.unwrap().id;
    assert_eq!(chain_of(&db, &app).await, events.len());
    db.close().await;
    users_are_there_once(client, &made, &events).await;
    deliveries_are_true(client, &endpoint.id, &made, &events, &receiver).await;
}

/// Waits until nothing is left to be sent.
async fn settled(client: &Client, endpoint: &str) {
    let pending = DeliveryQuery::default()
        .with_status(DeliveryStatus::Pending)
        .with_limit(1);
    let settled = tokio::time::timeout(PATIENCE, async {
        // Whoever reads the log seals what is left of it first, and by that makes the last deliveries.
        stored(client).await;
        let webhooks = client.app("acme").webhooks();
        let left = async || webhooks.deliveries(endpoint, &pending).await.unwrap().data;
        while !left().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    settled.await.expect("every delivery comes to an end");
}

/// The App's log, which has no gap.
async fn stored(client: &Client) -> Vec<Event> {
    let all = events_of(client, "acme").await;
    assert!(all.iter().map(|event| event.seq).eq(1..=all.len() as u64));
    all
}

async fn users_are_there_once(client: &Client, made: &[Made], events: &[Event]) {
    let query = UserQuery::default().with_limit(200);
    let users = client.app("acme").users().list(&query).all();
    let users = users.collect().await.unwrap();
    let emails: BTreeSet<_> = users.iter().map(|user| user.email.as_str()).collect();
    assert_eq!(emails.len(), users.len());
    let ids: BTreeSet<_> = users.iter().map(|user| user.id.as_str()).collect();
    for one in made {
        assert!(ids.contains(one.id.as_str()), "{} is lost", one.email);
    }
    // The writers ask until they are answered, so nobody else is there; and of each the log tells once.
    assert_eq!(users.len(), made.len());
    let told: Vec<_> = events.iter().filter_map(created).collect();
    assert_eq!(told.len(), users.len());
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), ids);
}

/// The user whom an event tells of the making of.
fn created(event: &Event) -> Option<&str> {
    (event.kind.as_str() == "user.created").then_some(event.target.id.as_str())
}

async fn deliveries_are_true(
    client: &Client,
    endpoint: &str,
    made: &[Made],
    events: &[Event],
    receiver: &Receiver,
) {
    let received = receiver.received();
    for (id, one) in &received {
        let event = events.iter().find(|event| event.id == *id);
        let event = event.unwrap_or_else(|| panic!("{id} was delivered and is not stored"));
        let [body] = one.bodies.as_slice() else {
            panic!("{id} was delivered with different bodies: {:?}", one.bodies);
        };
        let mut data = body["data"].as_object().unwrap().clone();
        assert_eq!(data.remove("app_id"), body.get("app_id").cloned());
        assert_eq!(data, event.data.clone().into_iter().collect(), "{id}");
        assert_eq!(body["type"], event.kind.as_str());
    }
    let accepted = |id: &str| received.get(id).is_some_and(|one| one.accepted > 0);
    for one in made {
        let event = events.iter().find(|event| created(event) == Some(&one.id));
        let event = event.unwrap_or_else(|| panic!("nothing tells of {}", one.email));
        assert!(
            accepted(&event.id),
            "{} was made and never delivered",
            one.email
        );
    }

    let webhooks = client.app("acme").webhooks();
    let status = webhooks.get(endpoint).await.unwrap().status;
    assert_eq!(status, WebhookStatus::Active);
    let query = DeliveryQuery::default().with_limit(200);
    let deliveries = webhooks.deliveries(endpoint, &query).all();
    let deliveries = deliveries.collect().await.unwrap();
    let of: BTreeSet<_> = deliveries.iter().map(|one| one.event_id.as_str()).collect();
    assert_eq!((deliveries.len(), of.len()), (made.len(), made.len()));
    for delivery in &deliveries {
        assert_eq!(delivery.status, DeliveryStatus::Succeeded, "{delivery:?}");
        assert!(accepted(&delivery.event_id), "{delivery:?}");
        // Every answer that is written down was given.
        let seen = &received[&delivery.event_id];
        let with = |status| {
            let attempts = delivery.attempts.iter();
            attempts
                .filter(|attempt| attempt.status_code == Some(status))
                .count()
        };
        assert!(with(200) <= seen.accepted && with(500) <= seen.failed);
    }

    let repeats: usize = received.values().map(|one| one.accepted - 1).sum();
    let failed: usize = received.values().map(|one| one.failed).sum();
    println!(
        "{} users made over {KILLS} kills; {} events delivered, {repeats} more than once, {failed} attempts failed",
        made.len(),
        received.len(),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_gets_there_over_a_hundred_kills_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/heimdall.db", folder.path().display());
    // There the database is within the process, and dies with it.
    every_event_gets_there(database, 1, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_gets_there_over_a_hundred_kills_of_three_nodes_on_postgres() {
    let cluster = Cluster::new();
    let database = cluster.database().await;
    every_event_gets_there(database, 3, Some(&cluster)).await;
}
