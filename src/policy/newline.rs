//! What the ends of lines mean in Rego.

/// Words after which an expression goes on.
const OPEN: [&str; 10] = ["not", "if", "in", "as", "else", "every", "some", "with", "contains", "default"];

/// The text with a semicolon before each parenthesis that begins a line after what could be called: there it begins a
/// statement, and the engine would call what stands before.
///
/// ```text
///   input.limits.most             input.limits.most
///   (high - low) >= 3      as     ; (high - low) >= 3
/// ```
pub(super) fn separated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    // Where the last token ends, and whether a line has begun since.
    let (mut end, mut fresh) = (0, true);
    while let Some((at, c)) = chars.next() {
        if c == '(' && fresh && ends_reference(text.get(..end).unwrap_or_default()) {
            out.push_str("; ");
        }
        match c {
            '\n' => fresh = true,
            '#' => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            c if c.is_whitespace() => {}
            c => {
                if matches!(c, '"' | '`') {
                    while let Some((_, inner)) = chars.next() {
                        match inner {
                            '\\' if c == '"' => drop(chars.next()),
                            inner if inner == c => break,
                            _ => {}
                        }
                    }
                }
                (end, fresh) = (chars.peek().map_or(text.len(), |(next, _)| *next), false);
            }
        }
        let next = chars.peek().map_or(text.len(), |(next, _)| *next);
        out.push_str(text.get(at..next).unwrap_or_default());
    }
    out
}

/// An expression in one line, without comments. `None` where a string goes over several lines.
pub(super) fn one_line(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    // Of each open bracket: do statements stand in it, as after the bar of a comprehension?
    let mut brackets: Vec<(char, bool)> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '#' => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '\n' => {
                let statements = brackets.last().is_some_and(|(_, statements)| *statements);
                let rest = text.get(at..).unwrap_or_default();
                let goes_on = goes_on(&out) || continues(rest);
                out.push_str(if statements && !goes_on { "; " } else { " " });
            }
            '"' | '`' => {
                out.push(c);
                while let Some((_, inner)) = chars.next() {
                    if inner == '\n' {
                        return None;
                    }
                    out.push(inner);
                    if inner == '\\' && c == '"' {
                        out.extend(chars.next().map(|(_, escaped)| escaped));
                    } else if inner == c {
                        break;
                    }
                }
            }
            c => {
                match c {
                    '(' | '[' | '{' => brackets.push((c, false)),
                    ')' | ']' | '}' => drop(brackets.pop()),
                    '|' => brackets
                        .iter_mut()
                        .last()
                        .filter(|(open, _)| *open != '(')
                        .into_iter()
                        .for_each(|open| open.1 = true),
                    _ => {}
                }
                out.push(c);
            }
        }
    }
    Some(out)
}

/// Does an expression go on after this text?
fn goes_on(before: &str) -> bool {
    let before = before.trim_end();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let front = before.trim_end_matches(word);
    before.ends_with(OPERATORS)
        || before.ends_with(['(', '[', '{', ',', ';', '|', ':', '.'])
        || !front.ends_with('.') && OPEN.contains(&before.get(front.len()..).unwrap_or_default())
}

/// Does what begins here, after blanks and comments, belong to the expression before?
fn continues(mut rest: &str) -> bool {
    loop {
        rest = rest.trim_start();
        match rest.strip_prefix('#') {
            Some(comment) => rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
            None => break,
        }
    }
    let word = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    rest.is_empty()
        || rest.starts_with(OPERATORS)
        || rest.starts_with([')', ']', '}', ',', ';', '|', ':'])
        || ["with", "in", "as", "else"].contains(&word)
}

const OPERATORS: [char; 9] = ['=', '<', '>', '!', '+', '-', '*', '/', '&'];

/// Does a text end with what could be called?
fn ends_reference(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let front = text.trim_end_matches(word);
    let last = text.get(front.len()..).unwrap_or_default();
    if last.is_empty() {
        return text.ends_with(']');
    }
    // A field may be called like a word of the language.
    front.ends_with('.') || !OPEN.contains(&last)
}
