//! Prints a story.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use serde_json::Value;

use super::table::{table, wrapped};

/// How a story looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// With colours.
    pub colour: bool,
    /// With the bodies of all calls.
    pub verbose: bool,
}

impl Style {
    /// With colours if stdout is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn of_stdout() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: io::stdout().is_terminal() && !refused, verbose: false }
    }
}

/// Escape codes by meaning.
#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Dim,
    Blue,
    Green,
    Red,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Blue => "36",
            Self::Green => "32",
            Self::Red => "31",
        }
    }
}

/// Writes the parts of a story, each in its own way.
pub struct Teller<'a> {
    out: &'a mut (dyn Write + Send),
    style: Style,
    step: usize,
}

impl std::fmt::Debug for Teller<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller").field("style", &self.style).finish_non_exhaustive()
    }
}

impl<'a> Teller<'a> {
    /// Writes to `out`.
    pub fn new(out: &'a mut (dyn Write + Send), style: Style) -> Self {
        Self { out, style, step: 0 }
    }

    /// The number of the step that is told.
    pub(super) fn step(&self) -> usize {
        self.step
    }

    /// What is going on, while somebody waits.
    pub(super) fn progress(&mut self, text: &str) -> io::Result<()> {
        self.line(Ink::Dim, text)?;
        self.out.flush()
    }

    /// A line as it is.
    pub(super) fn plain(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A title without a number.
    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.line(Ink::Bold, text)
    }

    /// The next step: its heading, and what it is about.
    pub(super) fn heading(&mut self, title: &str, about: &str) -> io::Result<()> {
        self.step += 1;
        self.title(&format!("{:>2}  {title}", self.step))?;
        self.line(Ink::Dim, &format!("    {about}"))
    }

    /// Something that happens outside the functions.
    pub(super) fn happens(&mut self, text: &str) -> io::Result<()> {
        self.line(Ink::Blue, &format!("    * {text}"))
    }

    /// A call, with its body if bodies are wanted.
    pub(super) fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> io::Result<()> {
        self.line(Ink::Bold, &format!("    -> {method} {path}"))?;
        body.map_or(Ok(()), |body| self.body(body))
    }

    /// What came back.
    pub(super) fn answer(&mut self, status: u16, body: &Value) -> io::Result<()> {
        let name = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let text = match body["code"].as_str() {
            Some(code) => format!("    <- {status} {}: {code}", name.unwrap_or_default()),
            None => format!("    <- {status} {}", name.unwrap_or_default()),
        };
        self.plain(text.trim_end())?;
        if body.is_null() { Ok(()) } else { self.body(body) }
    }

    /// A body, if bodies are wanted. Passwords are left out.
    fn body(&mut self, body: &Value) -> io::Result<()> {
        if !self.style.verbose {
            return Ok(());
        }
        let mut shown = body.clone();
        if let Some(password) = shown.get_mut("password") {
            *password = Value::from("***");
        }
        for line in format!("{shown:#}").lines() {
            self.line(Ink::Dim, &format!("       {line}"))?;
        }
        Ok(())
    }

    /// Something to know about the answer, on as many lines as it needs.
    pub(super) fn note(&mut self, text: &str) -> io::Result<()> {
        let mut indent = "       ";
        for line in wrapped(text) {
            self.plain(&format!("{indent}{line}"))?;
            indent = "         ";
        }
        Ok(())
    }

    /// A table; nothing if it has no rows.
    pub(super) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        for (number, line) in table(heads, rows).iter().enumerate() {
            let line = format!("       {line}");
            if number == 0 { self.line(Ink::Dim, &line)? } else { self.plain(&line)? }
        }
        Ok(())
    }

    /// A claim that holds, or does not.
    pub(super) fn claim(&mut self, holds: bool, what: &str) -> io::Result<()> {
        if holds {
            self.line(Ink::Green, &format!("    ok   {what}"))
        } else {
            self.line(Ink::Red, &format!("    FAIL {what}"))
        }
    }

    fn line(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        if self.style.colour {
            writeln!(self.out, "\x1b[{}m{text}\x1b[0m", ink.code())
        } else {
            writeln!(self.out, "{text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(style: Style) -> String {
        let mut out = Vec::new();
        let mut teller = Teller::new(&mut out, style);
        teller.heading("Connect", "about it").unwrap();
        teller.call("PUT", "/v1/x", Some(&json!({ "name": "n", "password": "secret" }))).unwrap();
        teller.answer(422, &json!({ "code": "invalid-request" })).unwrap();
        teller.claim(false, "all is well").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_step_is_plain_text_without_bodies() {
        let text = written(Style::default());
        assert_eq!(
            text,
            "\n 1  Connect\n    about it\n    -> PUT /v1/x\n    <- 422 Unprocessable Entity: invalid-request\n    FAIL all is well\n"
        );
    }

    #[test]
    fn bodies_never_show_a_password_and_colours_are_asked_for() {
        let text = written(Style { colour: true, verbose: true });
        assert!(text.contains("\"name\": \"n\"") && !text.contains("secret"), "{text}");
        assert!(text.contains("\x1b[31m    FAIL"), "{text}");
    }
}
