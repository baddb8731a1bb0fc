//! A list that is kept in order of an id: where a page of it begins, and how it ends.

use super::cursor::Cursors;
use super::error::ApiError;
use super::page::Page;
use super::page_query::{CursorText, Limit};
use crate::app::Heimdall;

/// What a request asks of a list.
#[derive(Debug)]
pub struct Listing {
    cursors: Cursors,
    scope: String,
    limit: Limit,
    before: Option<String>,
}

impl Listing {
    /// `scope` is the list: its App, its name and its filters, so that a cursor is good for no other.
    pub fn new(
        heimdall: &Heimdall,
        scope: String,
        limit: Limit,
        cursor: &CursorText,
    ) -> Result<Self, ApiError> {
        let cursors = Cursors::new(heimdall.cipher.derive("cursor").as_slice());
        let before = cursor.open::<1>(&cursors, &scope)?.map(|[id]| id);
        Ok(Self {
            cursors,
            scope,
            limit,
            before,
        })
    }

    /// The last id of the page before: the next one holds what comes after.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// How many rows to ask for: one more than the page holds.
    pub fn most(&self) -> i64 {
        self.limit.plus_one()
    }

    /// The page that these rows make.
    pub fn page<T>(&self, rows: Vec<T>, id: impl FnOnce(&T) -> String) -> Page<T> {
        Page::of(rows, self.limit, |last| {
            self.cursors.encode(&self.scope, &[&id(last)])
        })
    }
}
