//! Where in a JSON value a fault is: `roles[0].permissions[2]`.

use std::fmt;

/// Built on the stack while walking, written out only for what is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

/// Keys come from the client: long ones are cut, and odd ones quoted.
const LONGEST_KEY: usize = 64;

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Root => f.write_str("body"),
            Self::Index(Path::Root, index) => write!(f, "[{index}]"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Key(parent, key) => {
                let is_root = matches!(parent, Path::Root);
                if !is_root {
                    write!(f, "{parent}")?;
                }
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if key.is_empty() || !key.chars().all(plain) || key.len() > LONGEST_KEY {
                    let cut: String = key.chars().take(LONGEST_KEY).collect();
                    return write!(f, "[{cut:?}]");
                }
                write!(f, "{}{key}", if is_root { "" } else { "." })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_in_javascript() {
        let roles = Path::Key(&Path::Root, "roles");
        let first = Path::Index(&roles, 0);
        let permissions = Path::Key(&first, "permissions");
        let third = Path::Index(&permissions, 2);
        assert_eq!(third.to_string(), "roles[0].permissions[2]");
        assert_eq!(Path::Index(&Path::Root, 1).to_string(), "[1]");
        assert_eq!(Path::Root.to_string(), "body");
    }

    #[test]
    fn an_odd_key_is_quoted_and_a_long_one_is_cut() {
        let odd = Path::Key(&Path::Root, "a.b\n\u{1b}");
        assert_eq!(odd.to_string(), r#"["a.b\n\u{1b}"]"#);
        let long = "k".repeat(1000);
        assert_eq!(Path::Key(&Path::Root, &long).to_string().len(), 64 + 4);
    }
}
