//! Checks a JSON value against **the very schema that the document publishes**, and finds
//! everything that is wrong with it.
//!
//! poem-openapi parses until the first fault and names Rust types; this walk goes through the
//! whole value first, so that the parse behind it finds nothing more to refuse. One thing the
//! schema can't say in OPENAPI 3.0 as poem-openapi emits it: an object with listed properties is
//! closed here, and an unknown field is refused by name. `Option` does not mean `null`: a field
//! takes `null` only if its schema says `nullable`.

mod check;
mod kind;
mod path;
mod union;

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use regex::Regex;
use serde_json::Value;

use super::invalid::Invalid;
pub(super) use kind::from_text;

/// The published schema of one request type, ready to be walked.
#[derive(Debug)]
pub struct Published {
    root: MetaSchemaRef,
    schemas: BTreeMap<String, MetaSchema>,
    patterns: HashMap<String, Regex>,
}

impl Published {
    /// The schema of `T`. It is built once and kept: it is a constant of the program, and
    /// compiling its patterns for each request would cost more than the request.
    pub fn of<T: Type + 'static>() -> Arc<Self> {
        static KEPT: OnceLock<RwLock<HashMap<TypeId, Arc<Published>>>> = OnceLock::new();
        let kept = KEPT.get_or_init(RwLock::default);
        let id = TypeId::of::<T>();
        if let Some(known) = kept.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return known.clone();
        }
        let built = Arc::new(Self::build::<T>());
        let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.entry(id).or_insert(built).clone()
    }

    fn build<T: Type>() -> Self {
        let mut registry = Registry::new();
        T::register(&mut registry);
        let mut found = Vec::new();
        patterns_of(&T::schema_ref(), &mut found);
        Self::new(T::schema_ref(), registry.schemas, found)
    }

    /// Schemas that stand by themselves, such as those of parameters, and those that they refer to.
    pub(super) fn of_parts<'a>(
        schemas: BTreeMap<String, MetaSchema>,
        parts: impl Iterator<Item = &'a MetaSchemaRef>,
    ) -> Self {
        let mut found = Vec::new();
        parts.for_each(|part| patterns_of(part, &mut found));
        Self::new(
            MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)),
            schemas,
            found,
        )
    }

    fn new(
        root: MetaSchemaRef,
        schemas: BTreeMap<String, MetaSchema>,
        mut found: Vec<String>,
    ) -> Self {
        schemas
            .values()
            .for_each(|schema| patterns_in(schema, &mut found));
        // poem-openapi's derive refuses a pattern that doesn't compile; one that slips in by hand
        // matches nothing, so that it is found by the first test and not by an attacker.
        let patterns = found.into_iter().filter_map(|pattern| {
            let regex = Regex::new(&pattern).ok()?;
            Some((pattern, regex))
        });
        Self {
            root,
            patterns: patterns.collect(),
            schemas,
        }
    }

    /// Adds what is wrong with text by a schema that stands by itself. `name` is what it is called.
    pub(super) fn check_text(
        &self,
        schema: &MetaSchemaRef,
        text: String,
        name: &str,
        wrong: &mut Invalid,
    ) {
        let value = from_text(self.resolve(schema), text);
        let path = path::Path::Key(&path::Path::Root, name);
        check::Walk {
            published: self,
            wrong,
        }
        .value(schema, &value, &path, true);
    }

    /// Adds all that is wrong with the value to `wrong`.
    pub fn check(&self, value: &Value, wrong: &mut Invalid) {
        check::Walk {
            published: self,
            wrong,
        }
        .value(&self.root, value, &path::Path::Root, true);
    }

    fn resolve<'a>(&'a self, schema: &'a MetaSchemaRef) -> Option<&'a MetaSchema> {
        match schema {
            MetaSchemaRef::Inline(schema) => Some(schema),
            MetaSchemaRef::Reference(name) => self.schemas.get(name),
        }
    }

    /// The schema of a property of the root object, for what comes as text (a form).
    pub(super) fn property(&self, name: &str) -> Option<&MetaSchema> {
        self.property_in(&self.root, name)
    }

    fn property_in<'a>(&'a self, schema: &'a MetaSchemaRef, name: &str) -> Option<&'a MetaSchema> {
        let schema = self.resolve(schema)?;
        let own = schema.properties.iter().find(|(known, _)| *known == name);
        if let Some((_, property)) = own {
            return self.resolve(property);
        }
        let parts = schema
            .all_of
            .iter()
            .chain(&schema.one_of)
            .chain(&schema.any_of);
        parts
            .into_iter()
            .find_map(|part| self.property_in(part, name))
    }
}

fn patterns_of(schema: &MetaSchemaRef, found: &mut Vec<String>) {
    if let MetaSchemaRef::Inline(schema) = schema {
        patterns_in(schema, found);
    }
}

fn patterns_in(schema: &MetaSchema, found: &mut Vec<String>) {
    found.extend(schema.pattern.clone());
    let properties = schema.properties.iter().map(|(_, property)| property);
    let boxed = [&schema.items, &schema.additional_properties];
    let inner = boxed.into_iter().flatten().map(|inner| &**inner);
    let parts = schema
        .all_of
        .iter()
        .chain(&schema.any_of)
        .chain(&schema.one_of);
    for part in properties.chain(inner).chain(parts) {
        patterns_of(part, found);
    }
}
