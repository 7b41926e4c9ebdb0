//! What stands behind an instruction's name: flags, and the values as BuildKit splits them.

/// A value, and the part of the text that it was made from.
type Word<'a> = (String, &'a str);

/// Leading `--flags`, and what follows them.
pub fn flags(mut text: &str) -> (Vec<&str>, &str) {
    let mut found = Vec::new();
    while text.starts_with("--") {
        let (flag, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        text = rest.trim_start();
        // A bare `--` ends the flags.
        if flag == "--" {
            break;
        }
        found.push(flag);
    }
    (found, text)
}

/// The values of an instruction, and whether they were written as a JSON list.
pub fn values<'a>(name: &str, text: &'a str, escape: char) -> (bool, Vec<Word<'a>>) {
    let text = text.trim();
    let as_is = |text: &'a str| vec![(text.to_owned(), text)];
    match name {
        "add" | "copy" | "volume" => json(text).unwrap_or_else(|| (false, by_space(text))),
        "cmd" | "entrypoint" | "run" | "shell" => json(text).unwrap_or_else(|| (false, as_is(text))),
        "healthcheck" => {
            let (kind, command) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let mut found = as_is(kind);
            let command = command.trim();
            let (is_json, values) = json(command).unwrap_or_else(|| (false, as_is(command)));
            found.extend(values.into_iter().filter(|(value, _)| is_json || !value.is_empty()));
            (is_json, found)
        }
        "env" | "label" => (false, pairs(text, escape)),
        "arg" => (false, quoted(text, escape).into_iter().map(|word| (word.to_owned(), word)).collect()),
        "from" | "expose" => (false, by_space(text)),
        _ => (false, as_is(text)),
    }
}

fn by_space(text: &str) -> Vec<Word<'_>> {
    text.split_whitespace().map(|word| (word.to_owned(), word)).collect()
}

/// A JSON list of strings; anything else that begins with `[` is a shell's test.
fn json(text: &str) -> Option<(bool, Vec<Word<'_>>)> {
    if !text.starts_with('[') {
        return None;
    }
    let items: Vec<String> = serde_json::from_str(text).ok()?;
    Some((true, items.into_iter().map(|item| (item, text)).collect()))
}

/// `NAME=value NAME=value`, or the old `NAME the rest`: name, value and what stood between them.
fn pairs(text: &str, escape: char) -> Vec<Word<'_>> {
    let words = quoted(text, escape);
    if !words.first().is_some_and(|word| word.contains('=')) {
        let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let value = value.trim_start();
        return vec![(name.to_owned(), name), (value.to_owned(), value), (String::new(), text)];
    }
    words
        .into_iter()
        .flat_map(|word| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            [(name.to_owned(), name), (value.to_owned(), value), ("=".to_owned(), word)]
        })
        .collect()
}

/// Words at white space outside quotes; quotes stay in them.
fn quoted(text: &str, escape: char) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if start.is_none() && character.is_whitespace() {
            continue;
        }
        let from = *start.get_or_insert(at);
        if escaped {
            escaped = false;
        } else if character == escape && quote != Some('\'') {
            escaped = true;
        } else if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '"' | '\'') {
            quote = Some(character);
        } else if quote.is_none() && character.is_whitespace() {
            found.extend(text.get(from..at));
            start = None;
        }
    }
    found.extend(start.and_then(|from| text.get(from..)));
    found
}
