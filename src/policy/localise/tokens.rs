//! The text of a policy, cut into rules and words: enough to see what a rule talks about. Texts are read here,
//! not syntax trees, because the policies that matter most are parsed elsewhere, in a worker.

/// A word of Rego's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(char),
}

/// A top-level rule: its name and its tokens.
pub struct Rule {
    pub name: String,
    pub tokens: Vec<Token>,
}

/// Cuts a text into its top-level rules: each begins in the first column, outside of all brackets.
pub fn rules(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut depth = 0_usize;
    for (column, token) in tokens(text) {
        if let (0, 0, Token::Word(word)) = (column, depth, &token)
            && word != "else"
        {
            rules.push(Rule { name: word.clone(), tokens: Vec::new() });
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
                Token::Word(name) if rule.name == "default" => rule.name.clone_from(name),
                _ => rule.tokens.push(token),
            }
        }
    }
    rules.retain(|rule| rule.name != "package" && rule.name != "import");
    rules
}

/// The tokens of a text, each with its column (from 0). Comments are left out.
pub fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut found = Vec::new();
    let mut column = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let start = column;
        column += 1;
        let mut rest = String::new();
        match c {
            '\n' => column = 0,
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' | '`' => {
                while let Some(inner) = chars.next() {
                    column = if inner == '\n' { 0 } else { column + 1 };
                    if inner == c {
                        break;
                    }
                    rest.push(inner);
                    if inner == '\\' && c == '"' {
                        column += 1;
                        rest.extend(chars.next());
                    }
                }
                // Escapes are JSON's.
                let plain = (c == '"').then(|| serde_json::from_str(&format!("\"{rest}\"")).ok()).flatten();
                found.push((start, Token::Text(plain.unwrap_or(rest))));
            }
            c if c.is_alphabetic() || c == '_' => {
                rest.push(c);
                while let Some(more) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    column += 1;
                    rest.push(more);
                }
                found.push((start, Token::Word(rest)));
            }
            c if c.is_ascii_digit() => {
                rest.push(c);
                while let Some(more) = chars.next_if(|c| c.is_ascii_digit() || *c == '.') {
                    column += 1;
                    rest.push(more);
                }
                found.push((start, Token::Number(rest)));
            }
            c if c.is_whitespace() => {}
            c => found.push((start, Token::Sign(c))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_begin_in_the_first_column() {
        let text = "package a\nimport b\ndefault on := false\non if {\n  x == 1 # y\n} else := 2 if {\n\tz\n}\nf(q) := \"a\\\"\\u0001b\"\n";
        let rules = rules(text);
        let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["on", "on", "f"]);
        assert!(rules[1].tokens.contains(&Token::Word("z".to_owned())), "{:?}", rules[1].tokens);
        assert!(rules[2].tokens.contains(&Token::Text("a\"\u{1}b".to_owned())), "{:?}", rules[2].tokens);
    }
}
