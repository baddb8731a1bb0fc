//! The server is killed in the middle of the guides, again and again: nothing that was answered is lost, and nothing is there
//! by half.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use heimdall_sdk::{
    AcceptInvite, Client, Error, NewApp, NewCredential, NewInvite, NewRole, NewUser, Secret,
};
use tokio::sync::Mutex;

use crate::binary::Binary;
use crate::postgres;
use crate::support::PASSWORD;

/// How often it is killed.
const KILLS: usize = 12;
/// Customers that are onboarded at once.
const AT_ONCE: usize = 4;

/// What one customer's onboarding was answered, as far as it came.
#[derive(Debug, Default)]
struct Answered {
    app: String,
    refresh_token: Option<Secret>,
    credential: Option<(String, Secret)>,
    invite: Option<Secret>,
    joined: Option<String>,
}

/// Walks a customer through the guides; whatever is answered is written down, and the first thing that is not ends it.
async fn onboard(
    client: &Client,
    app: &str,
    answered: &Mutex<Vec<Answered>>,
    count: &AtomicUsize,
) -> Result<(), Error> {
    let note = |set: Box<dyn FnOnce(&mut Answered) + Send>| async {
        let mut all = answered.lock().await;
        set(all.iter_mut().find(|one| one.app == app).unwrap());
        count.fetch_add(1, Ordering::SeqCst);
    };
    let owner = NewUser::new("ada@acme.example")
        .with_password(PASSWORD)
        .with_role("admin");
    let new = NewApp::new(app)
        .with_role(NewRole::new("admin", ["billing:read", "users:invite"]))
        .with_role(NewRole::new("editor", ["billing:read"]))
        .with_owner(owner);
    client.apps().create(&new).await?;
    answered.lock().await.push(Answered {
        app: app.to_owned(),
        ..Answered::default()
    });
    count.fetch_add(1, Ordering::SeqCst);

    let tokens = client
        .app(app)
        .tokens()
        .password("ada@acme.example", PASSWORD)
        .await?;
    note(Box::new(|one| one.refresh_token = tokens.refresh_token)).await;

    let made = client
        .app(app)
        .credentials()
        .create(&NewCredential::new("nightly", ["billing:read"]))
        .await?;
    note(Box::new(move |one| {
        one.credential = made.client_secret.map(|secret| (made.client_id, secret))
    }))
    .await;

    let invite = NewInvite::new("bob@contractor.example").with_role("editor");
    let invite = client.app(app).invites().create(&invite).await?;
    let token = invite.token.unwrap();
    let kept = token.clone();
    note(Box::new(move |one| one.invite = Some(kept))).await;

    let joined = client
        .invites()
        .accept(token, &AcceptInvite::new("Bob", PASSWORD))
        .await?;
    note(Box::new(move |one| one.joined = Some(joined.user.id))).await;
    Ok(())
}

async fn nothing_is_lost(database: String) {
    let mut server = Binary::start(&database, &[]).await;
    let answered = Arc::new(Mutex::new(Vec::new()));
    let count = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicUsize::new(0));

    let mut customers = tokio::task::JoinSet::new();
    for worker in 0..AT_ONCE {
        let (client, answered, count, stop) = (
            server.client(),
            answered.clone(),
            count.clone(),
            stop.clone(),
        );
        customers.spawn(async move {
            let mut number = 0;
            while stop.load(Ordering::SeqCst) == 0 {
                number += 1;
                let outcome = onboard(
                    &client,
                    &format!("customer-{worker}-{number}"),
                    &answered,
                    &count,
                )
                .await;
                if let Err(error) = &outcome {
                    assert!(
                        matches!(error, Error::Transport { .. }) || error.status() == Some(503),
                        "{error:?}"
                    );
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    for kill in 0..KILLS {
        // Each time a little later in the walk.
        let until = count.load(Ordering::SeqCst) + 2 + kill;
        let moved = tokio::time::timeout(Duration::from_secs(60), async {
            while count.load(Ordering::SeqCst) < until {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        moved.await.expect("the guides go on between the kills");
        server.kill_and_start_again().await;
    }
    stop.store(1, Ordering::SeqCst);
    while let Some(ended) = customers.join_next().await {
        ended.unwrap();
    }

    let client = server.client();
    let answered = Arc::try_unwrap(answered).unwrap().into_inner();
    assert!(
        answered.len() >= KILLS,
        "only {} customers came through",
        answered.len()
    );
    for one in answered {
        still_there(&client, one).await;
    }
    // Also of what was never answered nothing is there by half.
    for app in client
        .apps()
        .list(&Default::default())
        .all()
        .collect()
        .await
        .unwrap()
    {
        whole(&client, &app.name).await;
    }
}

async fn still_there(client: &Client, one: Answered) {
    let app = client.app(&one.app);
    if let Some(token) = one.refresh_token {
        app.tokens().refresh(token).await.unwrap();
    }
    if let Some((id, secret)) = one.credential {
        app.tokens().client_credentials(&id, secret).await.unwrap();
    }
    if let (Some(token), None) = (one.invite, &one.joined) {
        // Never answered, and so either accepted or not; in both cases it is known.
        match client.invites().preview(token).await {
            Ok(preview) => assert_eq!(preview.roles, ["editor"]),
            Err(error) => assert_eq!(error.status(), Some(410), "{error:?}"),
        }
    }
    if let Some(user) = one.joined {
        assert_eq!(app.users().get(&user).await.unwrap().roles, ["editor"]);
    }
}

async fn whole(client: &Client, name: &str) {
    let app = client.app(name);
    assert_eq!(
        app.roles()
            .list(&Default::default())
            .await
            .unwrap()
            .data
            .len(),
        2,
        "{name}"
    );
    app.tokens()
        .password("ada@acme.example", PASSWORD)
        .await
        .unwrap();
    // The log has no gap, and tells of every user that is there.
    let events = app.events().list(&Default::default()).await.unwrap().data;
    let numbers: Vec<_> = events.iter().map(|event| event.seq).collect();
    assert_eq!(
        numbers,
        (1..=numbers.len() as u64).collect::<Vec<_>>(),
        "{name}"
    );
    let created = events
        .iter()
        .filter(|event| event.kind.as_str() == "user.created")
        .count();
    let users = app
        .users()
        .list(&Default::default())
        .await
        .unwrap()
        .data
        .len();
    assert_eq!(created, users, "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_or_there_by_half_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    nothing_is_lost(format!("sqlite://{}/heimdall.db", folder.path().display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_or_there_by_half_on_postgres() {
    nothing_is_lost(postgres::cluster().database().await).await;
}
