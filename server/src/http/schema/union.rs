//! Values of several forms: `oneOf`, `anyOf`, and the discriminator that chooses.

use poem_openapi::registry::{MetaDiscriminatorObject, MetaSchema, MetaSchemaRef};
use serde_json::Value;

use super::super::invalid::Invalid;
use super::check::{Walk, one_of};
use super::kind::wrong_kind;
use super::path::Path;

impl Walk<'_> {
    /// `oneOf` and `anyOf`: the discriminator chooses, or else the form that comes nearest tells.
    pub(super) fn union(&mut self, schema: &MetaSchema, value: &Value, path: &Path<'_>) {
        if let Some(by) = &schema.discriminator {
            return self.discriminated(by, value, path);
        }
        let mut nearest: Option<Invalid> = None;
        let mut matches = 0;
        for part in schema.one_of.iter().chain(&schema.any_of) {
            let mut wrong = Invalid::new();
            Walk {
                published: self.published,
                wrong: &mut wrong,
            }
            .value(part, value, path, true);
            if wrong.is_empty() {
                matches += 1;
                continue;
            }
            let is_kind = self
                .published
                .resolve(part)
                .is_some_and(|part| wrong_kind(part, value).is_none());
            if is_kind
                && nearest
                    .as_ref()
                    .is_none_or(|known| wrong.len() < known.len())
            {
                nearest = Some(wrong);
            }
        }
        match (matches, nearest) {
            (0, Some(nearest)) => {
                for wrong in nearest.into_inner() {
                    self.wrong.add(wrong.field, wrong.reason);
                }
            }
            (0, None) => self.add(path, "has none of the allowed forms"),
            (2.., _) if schema.any_of.is_empty() => {
                self.add(path, "has several of the allowed forms at once");
            }
            _ => {}
        }
    }

    fn discriminated(&mut self, by: &MetaDiscriminatorObject, value: &Value, path: &Path<'_>) {
        let Some(object) = value.as_object() else {
            return self.add(path, "must be an object");
        };
        let here = Path::Key(path, by.property_name);
        let Some(chosen) = object.get(by.property_name) else {
            return self.add(&here, "is required");
        };
        let target = by.mapping.iter().find(|(name, _)| chosen == name.as_str());
        let Some((_, target)) = target else {
            let names: Vec<Value> = by
                .mapping
                .iter()
                .map(|(name, _)| name.as_str().into())
                .collect();
            return self.add(&here, one_of(&names));
        };
        let name = target.rsplit('/').next().unwrap_or_default().to_owned();
        self.value(&MetaSchemaRef::Reference(name), value, path, true);
    }
}
