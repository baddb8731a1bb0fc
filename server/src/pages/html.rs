//! The pages, as functions from what they show to HTML.

use std::fmt::Write as _;

/// The one style sheet. Its address changes with it, so that it can be kept for ever.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Makes text safe between tags and within quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field<'f> {
    pub name: &'f str,
    pub label: &'f str,
    /// `text`, `email` or `password`.
    pub kind: &'f str,
    /// What a browser may fill in.
    pub autocomplete: &'f str,
    pub hint: Option<String>,
    pub value: Option<String>,
    pub required: bool,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// A whole page.
#[derive(Debug)]
pub(crate) struct Page<'p> {
    pub title: &'p str,
    /// Where the style sheet is.
    pub style_url: &'p str,
    /// HTML that is safe already.
    pub body: String,
}

impl Page<'_> {
    pub(crate) fn render(&self) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n\
             <link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body>\n<main>\n{}\n</main>\n</body>\n</html>\n",
            escape(self.title),
            escape(self.style_url),
            self.body
        )
    }
}

/// A heading and sentences.
pub(crate) fn notice(heading: &str, sentences: &[&str]) -> String {
    let mut html = format!("<h1>{}</h1>", escape(heading));
    for sentence in sentences {
        let _ = write!(html, "\n<p>{}</p>", escape(sentence));
    }
    html
}

/// A form that posts to its own address.
pub(crate) fn form(fields: &[Field<'_>], button: &str) -> String {
    let mut html = String::new();
    let wrong = fields.iter().filter(|field| field.error.is_some()).count();
    if wrong > 0 {
        html.push_str(
            "<p class=\"alert\" role=\"alert\">Please look at what is marked below.</p>\n",
        );
    }
    html.push_str("<form method=\"post\">\n");
    // The first that is wrong, else the first, is where one begins to type.
    let begin = fields
        .iter()
        .position(|field| field.error.is_some())
        .unwrap_or(0);
    for (place, shown) in fields.iter().enumerate() {
        html.push_str(&field(shown, place == begin));
    }
    let _ = write!(
        html,
        "<button type=\"submit\">{}</button>\n</form>",
        escape(button)
    );
    html
}

fn field(field: &Field<'_>, begin: bool) -> String {
    let name = escape(field.name);
    let mut described = Vec::new();
    let mut html = format!(
        "<div class=\"field\">\n<label for=\"{name}\">{}</label>\n",
        escape(field.label)
    );
    if let Some(hint) = &field.hint {
        let _ = writeln!(
            html,
            "<p class=\"hint\" id=\"{name}-hint\">{}</p>",
            escape(hint)
        );
        described.push(format!("{name}-hint"));
    }
    if let Some(error) = &field.error {
        let _ = writeln!(
            html,
            "<p class=\"error\" id=\"{name}-error\">{}</p>",
            escape(error)
        );
        described.push(format!("{name}-error"));
    }
    let _ = write!(
        html,
        "<input id=\"{name}\" name=\"{name}\" type=\"{}\" autocomplete=\"{}\"",
        escape(field.kind),
        escape(field.autocomplete)
    );
    if let Some(value) = &field.value {
        let _ = write!(html, " value=\"{}\"", escape(value));
    }
    if field.required {
        html.push_str(" required");
    }
    if field.error.is_some() {
        html.push_str(" aria-invalid=\"true\"");
    }
    if !described.is_empty() {
        let _ = write!(html, " aria-describedby=\"{}\"", described.join(" "));
    }
    if begin {
        html.push_str(" autofocus");
    }
    html.push_str(">\n</div>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_and_nothing_else() {
        let evil = "\"><script>alert('x')</script>&";
        let shown = Field {
            name: "email",
            label: evil,
            kind: "email",
            autocomplete: "email",
            hint: Some(evil.into()),
            value: Some(evil.into()),
            required: true,
            error: Some(evil.into()),
        };
        let page = Page {
            title: evil,
            style_url: evil,
            body: notice(evil, &[evil]) + &form(&[shown], evil),
        };
        let html = page.render();
        assert!(
            !html.contains("<script") && !html.contains("alert('"),
            "{html}"
        );
    }

    #[test]
    fn an_error_is_tied_to_its_field() {
        let shown = Field {
            name: "password",
            label: "Password",
            kind: "password",
            autocomplete: "new-password",
            hint: None,
            value: None,
            required: true,
            error: Some("must be longer".into()),
        };
        let html = form(&[shown], "Join");
        assert!(
            html.contains("aria-invalid=\"true\" aria-describedby=\"password-error\""),
            "{html}"
        );
        assert!(html.contains("role=\"alert\""));
    }
}
