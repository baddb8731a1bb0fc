//! A field of a PATCH, where absent and `null` differ.

use serde::{Serialize, Serializer};

/// What to do with a field that can be without a value: absent leaves it, `null` clears it.
///
/// ```
/// use heimdall_sdk::{Field, UserChanges};
///
/// let renamed = UserChanges::default().with_display_name("Ada");
/// assert_eq!(renamed.display_name, Field::Set("Ada".to_owned()));
/// let nameless = UserChanges::default().clear_display_name();
/// assert_eq!(serde_json::to_string(&nameless).unwrap(), r#"{"display_name":null}"#);
/// assert_eq!(serde_json::to_string(&UserChanges::default()).unwrap(), "{}");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Leave it as it is; nothing is sent.
    #[default]
    Keep,
    /// Clear it, or put the default back; `null` is sent.
    Clear,
    /// Give it this value.
    Set(T),
}

impl<T> Field<T> {
    /// Whether nothing is to be sent.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // A struct skips it with `Field::is_keep`; elsewhere there is nothing truer to say.
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => serializer.serialize_some(value),
        }
    }
}
