//! Lists: a page, or all pages one after the other.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, Error};

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, at most as many as the limit asked for.
    #[serde(default, deserialize_with = "or_default")]
    pub data: Vec<T>,
    /// Where the next page begins; nothing on the last.
    #[serde(default, deserialize_with = "or_default")]
    pub next_cursor: Option<String>,
}

/// Which page of a list that has no filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListQuery {
    /// How many items a page holds: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The [`next_cursor`](Page::next_cursor) of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl ListQuery {
    with!(with_limit, limit: u32);
    with!(with_cursor, cursor: into String);
}

impl<T> Call<Page<T>> {
    /// Walks this page and all that follow. Each item that exists throughout comes exactly once,
    /// whatever is written meanwhile.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::{UserQuery, UserStatus};
    ///
    /// let suspended = UserQuery::default().with_status(UserStatus::Suspended);
    /// let mut users = client.app("acme").users().list(&suspended).all();
    /// while let Some(user) = users.next().await {
    ///     println!("{}", user?.email);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn all(self) -> Pager<T> {
        Pager {
            call: Some(self),
            items: Vec::new().into_iter(),
        }
    }
}

/// All items of a list, page by page: [`Call::all`].
#[must_use = "a pager does nothing until it is asked for the next item"]
pub struct Pager<T> {
    /// What fetches the next page; nothing after the last, or after an error.
    call: Option<Call<Page<T>>>,
    items: std::vec::IntoIter<T>,
}

impl<T: Send + 'static> Pager<T> {
    /// The next item; `None` after the last. An error ends it.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            if let Err(error) = self.turn().await? {
                return Some(Err(error));
            }
        }
    }

    /// Everything that is left.
    pub async fn collect(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    async fn turn(&mut self) -> Option<Result<(), Error>> {
        let call = self.call.take()?;
        // Any cursor will do: it is replaced before the copy is sent.
        let rest = call.at_cursor("");
        let page = match call.await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        self.items = page.data.into_iter();
        self.call = page.next_cursor.and_then(|cursor| rest?.at_cursor(&cursor));
        Some(Ok(()))
    }
}

impl<T> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("call", &self.call)
            .field("waiting", &self.items.len())
            .finish()
    }
}
