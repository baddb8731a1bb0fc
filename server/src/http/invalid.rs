//! Collects what is wrong with a request, so that one answer names all of it.

use super::error::ApiError;
use crate::error::Wrong;

/// The fields found wrong so far.
///
/// ```text
/// let mut wrong = Invalid::new();
/// wrong.check(role.is_none() || roles.is_none(), "roles", "can't stand beside role");
/// wrong.into_result()?;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalid(Vec<Wrong>);

impl Invalid {
    /// How many are told. A body can hold a hundred thousand wrong fields; an answer shouldn't.
    pub const MAX_TOLD: usize = 1000;

    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a wrong field by its JSON path, with a reason that says what would be right. The
    /// value itself has no place in the reason: it may be a password.
    pub fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        if self.0.len() < Self::MAX_TOLD {
            self.0.push(Wrong::new(field, reason));
        }
    }

    /// Notes the field unless the rule holds.
    pub fn check(&mut self, holds: bool, field: &str, reason: &str) {
        if !holds {
            self.add(field, reason);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn into_inner(self) -> Vec<Wrong> {
        self.0
    }

    /// Fine when nothing was wrong, else 400 with all of it.
    pub fn into_result(self) -> Result<(), ApiError> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(ApiError::invalid(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut wrong = Invalid::new();
        wrong.check(true, "name", "never said");
        wrong.check(false, "email", "must be an address");
        wrong.add("roles[0]", "is unknown");
        let error = wrong.into_result().unwrap_err();
        assert_eq!(
            error.details,
            [
                Wrong::new("email", "must be an address"),
                Wrong::new("roles[0]", "is unknown")
            ]
        );
    }

    #[test]
    fn nothing_wrong_is_fine() {
        assert_eq!(Invalid::new().into_result(), Ok(()));
    }

    #[test]
    fn an_answer_tells_no_more_than_a_thousand() {
        let mut wrong = Invalid::new();
        (0..5000).for_each(|i| wrong.add(format!("rows[{i}]"), "is wrong"));
        assert_eq!(wrong.len(), Invalid::MAX_TOLD);
    }
}
