//! The text of a policy, cut into rules and words: enough to see what a rule talks about. Texts are read here,
//! not syntax trees, because the policies that matter most are parsed elsewhere, in a worker.

use std::borrow::Cow;

/// A word of Rego's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Token<'t> {
    Word(&'t str),
    Text(Cow<'t, str>),
    Number(&'t str),
    Sign(char),
}

/// A top-level rule: its name and its tokens.
pub struct Rule<'t> {
    pub name: &'t str,
    pub tokens: Vec<Token<'t>>,
}

/// Cuts a text into its top-level rules: each begins in the first column, outside of all brackets.
pub fn rules(text: &str) -> Vec<Rule<'_>> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    let mut depth = 0_usize;
    for (column, token) in tokens(text) {
        if let (0, 0, Token::Word(word)) = (column, depth, &token)
            && *word != "else"
        {
            rules.push(Rule { name: word, tokens: Vec::new() });
            continue;
        }
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(rule) = rules.last_mut() {
            // `default allow := ...` is of the rule `allow`.
            match &token {
                Token::Word(name) if rule.name == "default" => rule.name = name,
                _ => rule.tokens.push(token),
            }
        }
    }
    rules.retain(|rule| rule.name != "package" && rule.name != "import");
    rules
}

/// The tokens of a text, each with its column (from 0). Comments are left out.
pub fn tokens(text: &str) -> Vec<(usize, Token<'_>)> {
    let mut found = Vec::new();
    let (mut line, mut at) = (0, 0);
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let end_of =
        |at: usize, of: &dyn Fn(char) -> bool| at + rest(at).find(|c| !of(c)).unwrap_or(rest(at).len());
    let cut = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    while let Some(c) = rest(at).chars().next() {
        let start = at;
        at += c.len_utf8();
        let token = match c {
            '\n' => {
                line = at;
                continue;
            }
            '#' => {
                at = end_of(at, &|c| c != '\n');
                continue;
            }
            '"' | '`' => {
                let end = closing_quote(rest(at), c);
                let inner = cut(at, at + end);
                at += end + usize::from(at + end < text.len());
                Token::Text(unescaped(inner, c))
            }
            c if c.is_alphabetic() || c == '_' => {
                at = end_of(at, &|c| c.is_alphanumeric() || c == '_');
                Token::Word(cut(start, at))
            }
            c if c.is_ascii_digit() => {
                at = end_of(at, &|c| c.is_ascii_digit() || c == '.');
                Token::Number(cut(start, at))
            }
            c if c.is_whitespace() => continue,
            c => Token::Sign(c),
        };
        found.push((start - line, token));
        if let Some(last) = cut(start, at).rfind('\n') {
            line = start + last + 1;
        }
    }
    found
}

/// Where a text ends that begins behind its first quote; at the end of all where nothing closes it.
fn closing_quote(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at;
        }
        if c == '\\' && quote == '"' {
            chars.next();
        }
    }
    text.len()
}

/// Escapes are JSON's; between back quotes there are none.
fn unescaped(inner: &str, quote: char) -> Cow<'_, str> {
    if quote == '`' || !inner.contains('\\') {
        return inner.into();
    }
    serde_json::from_str::<String>(&format!("\"{inner}\"")).map_or_else(|_| inner.into(), Cow::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_begin_in_the_first_column() {
        let text = "package a\nimport b\ndefault on := false\non if {\n  x == 1 # y\n} else := 2 if {\n\tz\n}\nf(q) := \"a\\\"\\u0001b\"\n";
        let rules = rules(text);
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        assert_eq!(names, ["on", "on", "f"]);
        assert!(rules[1].tokens.contains(&Token::Word("z")), "{:?}", rules[1].tokens);
        assert!(rules[2].tokens.contains(&Token::Text("a\"\u{1}b".into())), "{:?}", rules[2].tokens);
    }
}
