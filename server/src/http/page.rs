//! Lists come in pages: `?limit=` and `?cursor=` in, `data` and `next_cursor` out.
//!
//! ```text
//! limit: Query<Limit>, cursor: Query<CursorText>
//! …
//! let after = cursor.open::<2>(&cursors, &scope)?;           // None on the first page
//! let rows = …select limit.plus_one() rows after `after`…;
//! let page = Page::of(rows, limit.0, |last| cursors.encode(&scope, &[&last.at, &last.id]));
//! ```
//!
//! One row more than the page holds is asked for: that is how the last page knows it is the last.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use serde_json::{Value, json};

use super::page_query::Limit;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts what [`Limit::plus_one`] found to the page, and gives it a cursor if there is more.
    pub fn of(mut rows: Vec<T>, limit: Limit, cursor: impl FnOnce(&T) -> String) -> Self {
        let there_is_more = rows.len() > limit.rows();
        rows.truncate(limit.rows());
        let last = rows.last().filter(|_| there_is_more);
        Self {
            next_cursor: last.map(cursor),
            data: rows,
        }
    }

    /// Makes an answer of each row.
    pub fn map<U>(self, answer: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(answer).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// Written out by hand since the derive can't say that `next_cursor` is always there and may be
/// null, and would name it `Page_Role` instead of `RolePage`.
impl<T: Type> Type for Page<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(Self::name().into_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(Self::name().into_owned(), |registry| {
            T::register(registry);
            let cursor = MetaSchema {
                nullable: true,
                description: Some("What to ask the next page with; null on the last one."),
                ..MetaSchema::new("string")
            };
            MetaSchema {
                title: Some(Self::name().into_owned()),
                description: Some("One page of a list."),
                required: vec!["data", "next_cursor"],
                properties: vec![
                    ("data", Vec::<T>::schema_ref()),
                    ("next_cursor", MetaSchemaRef::Inline(Box::new(cursor))),
                ],
                ..MetaSchema::new("object")
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<T: ToJSON> ToJSON for Page<T> {
    fn to_json(&self) -> Option<Value> {
        Some(json!({
            "data": self.data.to_json(),
            "next_cursor": self.next_cursor,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use poem::http::Method;
    use poem_openapi::param::Query;
    use poem_openapi::{Object, OpenApi, OpenApiService};

    use super::super::allow::Allow;
    use super::super::answer::Answer;
    use super::super::cursor::Cursors;
    use super::super::error::ApiError;
    use super::super::page_query::CursorText;
    use super::super::testing::{Seen, request, send, within};
    use super::*;

    #[derive(Debug, Object)]
    struct Thing {
        id: String,
    }

    struct Api;

    #[OpenApi]
    impl Api {
        #[oai(path = "/things", method = "get", operation_id = "list_things")]
        async fn list(
            &self,
            limit: Query<Limit>,
            cursor: Query<CursorText>,
        ) -> Result<Answer<Page<Thing>>, ApiError> {
            let cursors = Cursors::new(b"key");
            let after = cursor.open::<1>(&cursors, "app_1/things")?;
            let start = after.map_or(0, |[id]| id.parse::<i64>().unwrap() + 1);
            let rows = (start..120).take(limit.plus_one().try_into().unwrap());
            let rows = rows.collect();
            let seal = |last: &i64| cursors.encode("app_1/things", &[&last.to_string()]);
            let thing = |id: i64| Thing { id: id.to_string() };
            Ok(Answer(Page::of(rows, limit.0, seal).map(thing)))
        }
    }

    async fn get(query: &str) -> Seen {
        let app = OpenApiService::new(Api, "lab", "1");
        let app = within(poem::Route::new().nest("/", app), Allow::default());
        send(&app, request(Method::GET, &format!("/things{query}"))).await
    }

    #[tokio::test]
    async fn a_walk_sees_each_item_once_and_ends_with_null() {
        let mut seen = Vec::new();
        let mut query = String::new();
        loop {
            let page = get(&query).await.json();
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= 50);
            seen.extend(data.iter().map(|thing| thing["id"].clone()));
            assert!(page.as_object().unwrap().contains_key("next_cursor"));
            match page["next_cursor"].as_str() {
                Some(next) => query = format!("?cursor={next}"),
                None => break,
            }
        }
        let all: Vec<Value> = (0..120).map(|id: i32| id.to_string().into()).collect();
        assert_eq!(seen, all);
    }

    #[tokio::test]
    async fn a_list_that_fills_its_last_page_ends_there() {
        let page = get("?limit=120").await.json();
        assert_eq!(page["data"].as_array().map(Vec::len), Some(120));
        assert_eq!(page["next_cursor"], Value::Null);
    }

    #[tokio::test]
    async fn a_limit_is_a_whole_number_from_1_to_200() {
        for limit in ["1", "200"] {
            assert_eq!(get(&format!("?limit={limit}")).await.status, 200);
        }
        for limit in [
            "0",
            "-1",
            "201",
            "257",
            "1000000000",
            "NaN",
            "1.5",
            "",
            "%2B5",
            "1e1",
        ] {
            let seen = get(&format!("?limit={limit}")).await;
            assert_eq!(seen.status, 400, "{limit}");
            assert_eq!(
                seen.details(),
                ["limit: must be a whole number from 1 to 200"]
            );
        }
        let seen = get("?limit=1&limit=2").await;
        assert_eq!(seen.details(), ["limit: must be given only once"]);
    }

    #[tokio::test]
    async fn a_cursor_that_is_not_ours_is_named() {
        let foreign = Cursors::new(b"key").encode("app_2/things", &["1"]);
        for cursor in ["", "abc", &foreign] {
            let seen = get(&format!("?cursor={cursor}")).await;
            assert_eq!(
                seen.details(),
                ["cursor: must be the next_cursor of an earlier page of the same list"]
            );
        }
    }

    #[test]
    fn the_document_says_that_next_cursor_is_always_there_and_may_be_null() {
        let spec = OpenApiService::new(Api, "lab", "1").spec();
        let document: Value = serde_json::from_str(&spec).unwrap();
        let page = &document["components"]["schemas"]["ThingPage"];
        assert_eq!(page["required"], json!(["data", "next_cursor"]));
        assert_eq!(page["properties"]["next_cursor"]["nullable"], true);
        let limit = &document["paths"]["/things"]["get"]["parameters"][0];
        assert_eq!(limit["required"], false);
        assert_eq!(limit["schema"]["default"], 50);
        assert_eq!(limit["schema"]["maximum"], 200.0);
    }
}
