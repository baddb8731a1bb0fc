//! The walk itself.

use std::collections::HashSet;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde_json::{Map, Value};

use super::super::invalid::Invalid;
use super::Published;
use super::kind::{integer_range, wrong_format, wrong_kind};
use super::path::Path;

pub(super) struct Walk<'a> {
    pub(super) published: &'a Published,
    pub(super) wrong: &'a mut Invalid,
}

impl Walk<'_> {
    /// `closed` says whether unknown fields are this schema's business: within an `allOf` they are
    /// that of the whole.
    pub(super) fn value(
        &mut self,
        schema: &MetaSchemaRef,
        value: &Value,
        path: &Path<'_>,
        closed: bool,
    ) {
        if let Some(schema) = self.published.resolve(schema) {
            self.schema(schema, value, path, closed);
        }
    }

    fn schema(&mut self, schema: &MetaSchema, value: &Value, path: &Path<'_>, closed: bool) {
        let is_any = schema.ty.is_empty()
            && schema.all_of.is_empty()
            && schema.any_of.is_empty()
            && schema.one_of.is_empty();
        if value.is_null() && (schema.nullable || is_any) {
            return;
        }
        // A union says `type: object` even where it holds something else; its parts know.
        if !schema.one_of.is_empty() || !schema.any_of.is_empty() {
            return self.union(schema, value, path);
        }
        if let Some(expected) = wrong_kind(schema, value) {
            return self.add(path, expected);
        }
        for part in &schema.all_of {
            self.value(part, value, path, false);
        }
        if !schema.enum_items.is_empty() && !schema.enum_items.contains(value) {
            return self.add(path, one_of(&schema.enum_items));
        }
        // A patched reference repeats in its own fields what stands in its parts.
        let is_wrapper = schema.ty.is_empty() && !schema.all_of.is_empty();
        match value {
            Value::Object(object) => self.object(schema, object, path, closed),
            _ if is_wrapper => {}
            Value::String(text) => self.text(schema, text, path),
            Value::Number(_) => self.number(schema, value, path),
            Value::Array(items) => self.array(schema, items, path),
            Value::Null | Value::Bool(_) => {}
        }
    }

    pub(super) fn add(&mut self, path: &Path<'_>, reason: impl Into<String>) {
        self.wrong.add(path.to_string(), reason);
    }

    fn text(&mut self, schema: &MetaSchema, text: &str, path: &Path<'_>) {
        let length = text.chars().count();
        if let Some(max) = schema.max_length.filter(|max| length > *max) {
            self.add(path, format!("must be at most {max} characters"));
        }
        if let Some(min) = schema.min_length.filter(|min| length < *min) {
            self.add(
                path,
                match min {
                    1 => "must not be empty".to_owned(),
                    _ => format!("must be at least {min} characters"),
                },
            );
            if text.is_empty() {
                return; // it fits no pattern either, which says no more
            }
        }
        if let Some(pattern) = &schema.pattern {
            let regex = self.published.patterns.get(pattern);
            if !regex.is_some_and(|regex| regex.is_match(text)) {
                self.add(path, format!("must match the pattern {pattern}"));
            }
        }
        if let Some(expected) = wrong_format(schema.format, text) {
            self.add(path, expected);
        }
    }

    fn number(&mut self, schema: &MetaSchema, value: &Value, path: &Path<'_>) {
        let whole = value
            .as_i64()
            .map(i128::from)
            .or_else(|| value.as_u64().map(i128::from));
        if let (Some(whole), "integer") = (whole, schema.ty) {
            let (min, max) = integer_range(schema.format);
            let below = whole < min && schema.minimum.is_none();
            let above = whole > max && schema.maximum.is_none();
            if below || above {
                self.add(path, format!("must be between {min} and {max}"));
                return;
            }
        }
        let Some(number) = value.as_f64() else { return };
        if let Some(max) = schema.maximum {
            match schema.exclusive_maximum {
                Some(true) if number >= max => self.add(path, format!("must be less than {max}")),
                _ if number > max => self.add(path, format!("must be at most {max}")),
                _ => {}
            }
        }
        if let Some(min) = schema.minimum {
            match schema.exclusive_minimum {
                Some(true) if number <= min => self.add(path, format!("must be more than {min}")),
                _ if number < min => self.add(path, format!("must be at least {min}")),
                _ => {}
            }
        }
        if let Some(step) = schema.multiple_of.filter(|step| number % step != 0.0) {
            self.add(path, format!("must be a multiple of {step}"));
        }
    }

    fn array(&mut self, schema: &MetaSchema, items: &[Value], path: &Path<'_>) {
        if let Some(max) = schema.max_items.filter(|max| items.len() > *max) {
            // The items of a list that is too long anyway are not worth the time.
            return self.add(path, format!("must have at most {max} items"));
        }
        if let Some(min) = schema.min_items.filter(|min| items.len() < *min) {
            self.add(
                path,
                match min {
                    1 => "must not be empty".to_owned(),
                    _ => format!("must have at least {min} items"),
                },
            );
        }
        let mut seen = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let here = Path::Index(path, index);
            if schema.unique_items == Some(true) && !seen.insert(item) {
                self.add(&here, "is there twice");
            }
            if let Some(schema) = &schema.items {
                self.value(schema, item, &here, true);
            }
        }
    }

    fn object(
        &mut self,
        schema: &MetaSchema,
        object: &Map<String, Value>,
        path: &Path<'_>,
        closed: bool,
    ) {
        for name in &schema.required {
            if !object.contains_key(*name) {
                self.add(&Path::Key(path, name), "is required");
            }
        }
        if let Some(max) = schema.max_properties.filter(|max| object.len() > *max) {
            return self.add(path, format!("must have at most {max} fields"));
        }
        if let Some(min) = schema.min_properties.filter(|min| object.len() < *min) {
            self.add(path, format!("must have at least {min} fields"));
        }
        let known = if closed { self.known(schema) } else { None };
        for (key, value) in object {
            let here = Path::Key(path, key);
            let own = schema.properties.iter().find(|(name, _)| name == key);
            if let Some((_, property)) = own {
                if self
                    .published
                    .resolve(property)
                    .is_some_and(|p| p.read_only)
                {
                    self.add(&here, "can't be set");
                } else {
                    self.value(property, value, &here, true);
                }
            } else if let Some(additional) = &schema.additional_properties {
                self.value(additional, value, &here, true);
            } else if known
                .as_ref()
                .is_some_and(|known| !known.contains(key.as_str()))
            {
                self.add(&here, "is not a known field");
            }
        }
    }

    /// The fields that an object may have, or `None` when it may have any: a map, or no list.
    fn known(&self, schema: &MetaSchema) -> Option<HashSet<&'static str>> {
        let mut known: HashSet<_> = schema.properties.iter().map(|(name, _)| *name).collect();
        if schema.additional_properties.is_some() {
            return None;
        }
        for part in &schema.all_of {
            let Some(part) = self.published.resolve(part) else {
                continue;
            };
            let is_object = part.ty == "object" || !part.all_of.is_empty();
            if is_object {
                known.extend(self.known(part)?);
            }
        }
        // poem-openapi titles what is derived from a struct, also from one without fields.
        let is_listed = !known.is_empty() || schema.title.is_some();
        is_listed.then_some(known)
    }
}

pub(super) fn one_of(values: &[Value]) -> String {
    let names: Vec<String> = values
        .iter()
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect();
    format!("must be one of {}", names.join(", "))
}
