//! Every kind of caller, made as it is needed.

use std::collections::BTreeMap;

use heimdall_sdk::{NewAdminKey, NewCredential, NewRole, NewUser};

use crate::support::{ADMIN_KEY, ADMIN_PERMISSIONS, PASSWORD, TestServer};

/// All that a key of the whole instance can hold.
const INSTANCE_PERMISSIONS: &[&str] = &[
    "apps:create",
    "apps:list",
    "admin_keys:write",
    "signing_keys:write",
];

/// Who calls. `With` holds one permission and nothing else, `Without` everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    InstanceKey,
    InstanceKeyWith,
    InstanceKeyWithout,
    AppKey,
    AppKeyWith,
    UserWith,
    UserWithout,
    ServiceWith,
    ServiceWithout,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::InstanceKey,
        Self::InstanceKeyWith,
        Self::InstanceKeyWithout,
        Self::AppKey,
        Self::AppKeyWith,
        Self::UserWith,
        Self::UserWithout,
        Self::ServiceWith,
        Self::ServiceWithout,
    ];

    pub(super) fn lacks_it(self) -> bool {
        matches!(
            self,
            Self::InstanceKeyWithout | Self::UserWithout | Self::ServiceWithout
        )
    }

    pub(super) fn is_of_the_instance(self) -> bool {
        matches!(
            self,
            Self::InstanceKey | Self::InstanceKeyWith | Self::InstanceKeyWithout
        )
    }

    pub(super) fn is_user(self) -> bool {
        matches!(self, Self::UserWith | Self::UserWithout)
    }
}

/// Bearers of an App's callers, kept for the next time they are needed.
#[derive(Debug)]
pub(super) struct Callers<'s> {
    server: &'s TestServer,
    app: &'s str,
    made: BTreeMap<(Kind, String), String>,
}

impl<'s> Callers<'s> {
    pub(super) fn new(server: &'s TestServer, app: &'s str) -> Self {
        Self {
            server,
            app,
            made: BTreeMap::new(),
        }
    }

    /// The next ones are made anew: the tokens of these have been refused.
    pub(super) fn forget(&mut self) {
        self.made.clear();
    }

    /// A bearer of this kind, as to a permission.
    pub(super) async fn bearer(&mut self, kind: Kind, permission: &str) -> String {
        let known = (kind, permission.to_owned());
        if let Some(bearer) = self.made.get(&known) {
            return bearer.clone();
        }
        let bearer = self.make(kind, permission).await;
        self.made.insert(known, bearer.clone());
        bearer
    }

    async fn make(&self, kind: Kind, permission: &str) -> String {
        let others = ADMIN_PERMISSIONS
            .iter()
            .filter(|other| **other != permission);
        let others: Vec<_> = others.copied().collect();
        let (app, only) = (Some(self.app), vec![permission]);
        match kind {
            Kind::InstanceKey => ADMIN_KEY.to_owned(),
            Kind::InstanceKeyWith => self.key(None, only).await,
            Kind::InstanceKeyWithout => {
                let instance = INSTANCE_PERMISSIONS
                    .iter()
                    .filter(|other| **other != permission);
                self.key(None, others.into_iter().chain(instance.copied()).collect())
                    .await
            }
            Kind::AppKey => self.key(app, vec!["*"]).await,
            Kind::AppKeyWith => self.key(app, only).await,
            Kind::UserWith => self.user(only).await,
            Kind::UserWithout => self.user(others).await,
            Kind::ServiceWith => self.service(only).await,
            Kind::ServiceWithout => self.service(others).await,
        }
    }

    async fn key(&self, app: Option<&str>, permissions: Vec<&str>) -> String {
        let mut new = NewAdminKey::new("a key", permissions);
        new.app = app.map(str::to_owned);
        let key = self.server.admin.admin_keys().create(&new).await.unwrap();
        key.key.unwrap().expose().to_owned()
    }

    async fn user(&self, permissions: Vec<&str>) -> String {
        let within = self.server.admin.app(self.app);
        let name = format!("wears-{}", self.server.heimdall().clock.now().micros());
        let role = within
            .roles()
            .create(&NewRole::new(name.as_str(), permissions))
            .await
            .unwrap();
        let new = NewUser::new(format!("{name}@{}.example", self.app)).with_role(role.name);
        let user = within
            .users()
            .create(&new.with_password(PASSWORD))
            .await
            .unwrap();
        let tokens = within.users().issue_token(&user.id).await.unwrap();
        tokens.access_token.expose().to_owned()
    }

    async fn service(&self, permissions: Vec<&str>) -> String {
        let within = self.server.admin.app(self.app);
        let new = NewCredential::new("a service", permissions);
        let made = within.credentials().create(&new).await.unwrap();
        let secret = made.client_secret.unwrap();
        let tokens = within
            .tokens()
            .client_credentials(made.client_id, secret)
            .await
            .unwrap();
        tokens.access_token.expose().to_owned()
    }
}
