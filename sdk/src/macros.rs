//! The two forms that repeat: enums that keep what they don't know, and `with_…` methods.

/// Declares an enum of an answer: unknown values are kept in `Other`.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// One that this version doesn't know, as it came.
            Other(String),
        }

        impl $name {
            /// The value as it is sent.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::from(&*text))
            }
        }
    };
}

/// Declares a builder-style method within an `impl`: `with!(with_role, role: into String)`. It fills a
/// `T`, an `Option<T>` or a [`Field<T>`](crate::Field) alike.
macro_rules! with {
    ($method:ident, $field:ident: each $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $method(mut self, $field: impl IntoIterator<Item: Into<$type>>) -> Self {
            self.$field = $field
                .into_iter()
                .map(Into::into)
                .collect::<Vec<$type>>()
                .into();
            self
        }
    };
    ($method:ident, $field:ident: pairs) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $method<K: Into<String>, V: Into<serde_json::Value>>(
            mut self,
            $field: impl IntoIterator<Item = (K, V)>,
        ) -> Self {
            let pairs = $field
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()));
            self.$field = pairs.collect::<crate::JsonObject>().into();
            self
        }
    };
    ($method:ident, $field:ident: clear) => {
        #[doc = concat!("Clears [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $method(mut self) -> Self {
            self.$field = crate::Field::Clear;
            self
        }
    };
    ($method:ident, $field:ident: into $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $method(mut self, $field: impl Into<$type>) -> Self {
            let value: $type = $field.into();
            self.$field = value.into();
            self
        }
    };
    // Numbers are taken as they are: a literal would not know which integer to become.
    ($method:ident, $field:ident: $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $method(mut self, $field: $type) -> Self {
            self.$field = $field.into();
            self
        }
    };
}
