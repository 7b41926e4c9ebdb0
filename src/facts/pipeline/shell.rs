//! The commands of a shell text, split well enough to tell what each of them does.
//!
//! Quotes, comments, here-documents, command substitution and GitHub's `${{ }}` are respected, so
//! that a `;` or `||` inside them splits nothing. Nothing is expanded, nothing is run.

/// How a command hands over to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A line end or `;`: a failure stops the script, given `set -e`.
    Then,
    /// `&&`
    And,
    /// `||`: the next command runs when this one fails.
    Or,
    /// `|`: only the last command's failure counts, without `pipefail`.
    Pipe,
    /// `&`: nobody waits for it.
    Background,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub text: String,
    pub next: Next,
}

impl Command {
    /// Its words from the program's name on: assignments, keywords and wrappers left out.
    pub fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> =
            self.text.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
        loop {
            let skip = match words.as_slice() {
                ["poetry" | "uv" | "pipenv" | "pdm" | "hatch" | "pixi" | "rye", "run", ..] => 2,
                [
                    "if" | "then" | "else" | "elif" | "do" | "while" | "!" | "{" | "sudo" | "time" | "env"
                    | "exec" | "nohup" | "command" | "eval",
                    ..,
                ] => 1,
                [first, ..] if is_assignment(first) => 1,
                _ => return words,
            };
            words.drain(..skip);
        }
    }

    /// Only prints, or does nothing.
    pub fn is_idle(&self) -> bool {
        matches!(
            self.words().first().copied().unwrap_or(":"),
            "echo" | "printf" | "true" | ":" | "exit" | "fi" | "done" | "}" | "esac"
        )
    }

    /// Runs something that lies elsewhere and is not read: a script, a Makefile, what was downloaded.
    pub fn is_unreadable(&self) -> bool {
        let words = self.words();
        let script = |word: &str| [".sh", ".bash", ".zsh"].iter().any(|end| word.ends_with(end));
        match words.as_slice() {
            // A shell that reads what a pipe or a file gives it.
            ["bash" | "sh" | "zsh" | "dash" | "source" | ".", rest @ ..] => {
                !rest.iter().any(|word| matches!(*word, "-c" | "-ec" | "-lc" | "-euc" | "--version" | "<<"))
            }
            ["make" | "just" | "task" | "invoke" | "nox" | "tox", ..] => true,
            [first, ..] => first.starts_with("./") || first.starts_with("../") || script(first),
            [] => false,
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, value)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !value.starts_with("$(")
    })
}

/// The simple commands of a script, in order.
pub fn commands(script: &str) -> Vec<Command> {
    let mut splitter =
        Splitter { rest: script, text: String::new(), found: Vec::new(), heredocs: Vec::new() };
    splitter.run();
    splitter.found
}

struct Splitter<'a> {
    rest: &'a str,
    text: String,
    found: Vec<Command>,
    /// Words that end the here-documents which begin on this line.
    heredocs: Vec<&'a str>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(next) = self.rest.chars().next() {
            match next {
                '\\' => {
                    let escaped = self.rest.chars().nth(1);
                    if escaped == Some('\n') {
                        self.text.push(' ');
                        self.skip(2);
                    } else {
                        self.keep(1 + escaped.map_or(0, char::len_utf8));
                    }
                }
                '\'' => self.keep_until(1, "'"),
                '"' => self.keep_double_quoted(),
                '$' if self.rest.starts_with("${{") => self.keep_until(3, "}}"),
                '$' if self.rest.starts_with("${") => self.keep_until(2, "}"),
                '$' if self.rest.starts_with("$(") => self.keep_substitution(),
                '#' if self.text.is_empty() || self.text.ends_with(char::is_whitespace) => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.skip(end);
                }
                '<' if self.rest.starts_with("<<<") => self.keep(3),
                '<' if self.rest.starts_with("<<") => self.heredoc(),
                '>' if self.rest.starts_with(">&") || self.rest.starts_with(">|") => self.keep(2),
                '&' if self.rest.starts_with("&>") => self.keep(2),
                '\n' => {
                    self.skip(1);
                    self.heredoc_bodies();
                    self.end(Next::Then);
                }
                '&' if self.rest.starts_with("&&") => self.split(2, Next::And),
                '|' if self.rest.starts_with("||") => self.split(2, Next::Or),
                '|' if self.rest.starts_with("|&") => self.split(2, Next::Pipe),
                ';' | '(' | ')' => self.split(1, Next::Then),
                '|' => self.split(1, Next::Pipe),
                '&' => self.split(1, Next::Background),
                other => self.keep(other.len_utf8()),
            }
        }
        self.end(Next::Then);
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or("");
    }

    fn keep(&mut self, bytes: usize) {
        self.text.push_str(self.rest.get(..bytes).unwrap_or(self.rest));
        self.skip(bytes);
    }

    /// Keeps everything to the next `end`, or to the end of the script.
    fn keep_until(&mut self, from: usize, end: &str) {
        let found = self.rest.get(from..).and_then(|rest| rest.find(end));
        self.keep(found.map_or(self.rest.len(), |at| from + at + end.len()));
    }

    fn keep_double_quoted(&mut self) {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        self.keep(end.map_or(self.rest.len(), |(at, _)| at + 1));
    }

    fn keep_substitution(&mut self) {
        let mut depth = 0_usize;
        let end = self.rest.char_indices().find(|(_, c)| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return false,
            }
            depth == 0
        });
        self.keep(end.map_or(self.rest.len(), |(at, _)| at + 1));
    }

    fn heredoc(&mut self) {
        self.keep(2);
        if self.rest.starts_with('-') {
            self.keep(1);
        }
        let trimmed = self.rest.trim_start_matches([' ', '\t']);
        let word = trimmed.split(|c: char| c.is_whitespace() || "|&;<>()".contains(c)).next().unwrap_or("");
        if !word.is_empty() {
            self.heredocs.push(word.trim_matches(['"', '\'']));
            let length = self.rest.len() - trimmed.len() + word.len();
            self.keep(length);
        }
    }

    /// What a here-document holds belongs to the command that reads it.
    fn heredoc_bodies(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while !self.rest.is_empty() {
                let line = self.rest.split_inclusive('\n').next().unwrap_or("");
                self.text.push('\n');
                self.text.push_str(line.trim_end());
                self.skip(line.len());
                if line.trim() == end {
                    break;
                }
            }
        }
    }

    fn split(&mut self, bytes: usize, next: Next) {
        self.skip(bytes);
        // A here-document goes with the first command of its line, and the rest of the line is read.
        self.end(next);
    }

    fn end(&mut self, next: Next) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if !text.is_empty() {
            self.found.push(Command { text: text.to_owned(), next });
        }
    }
}

/// The command of a container as a script: what a shell is given, or one command whose words hold
/// whatever they hold.
pub fn of_container(words: &[&str]) -> String {
    if let [shell, flag, script] = words
        && shell.ends_with("sh")
        && flag.starts_with('-')
        && flag.ends_with('c')
    {
        return (*script).to_owned();
    }
    let plain = |word: &&str| !word.contains(|c: char| c.is_whitespace() || "|&;<>()#'\"\\".contains(c));
    let quoted = words
        .iter()
        .map(|word| if plain(word) { (*word).to_owned() } else { format!("'{}'", word.replace('\'', " ")) });
    quoted.collect::<Vec<_>>().join(" ")
}

/// A script, split, and where its shell's settings change.
#[derive(Debug)]
pub struct Script {
    pub commands: Vec<Command>,
    /// The first command after `set +e`.
    tolerant_from: usize,
    /// The first command after `set -o pipefail`.
    pipefail_from: usize,
}

impl Script {
    pub fn of(text: &str, pipefail: bool) -> Self {
        let commands = commands(text);
        let first = |wanted: &dyn Fn(&[&str]) -> bool| {
            commands
                .iter()
                .position(|command| {
                    command.text.starts_with("set ") && wanted(command.words().get(1..).unwrap_or_default())
                })
                .unwrap_or(usize::MAX)
        };
        let tolerant_from = first(&|words| words.iter().any(|word| word.starts_with("+e")));
        let pipefail_from = if pipefail { 0 } else { first(&|words| words.contains(&"pipefail")) };
        Self { commands, tolerant_from, pipefail_from }
    }

    /// Why a failure of the commands from `from` up to `to` would not stop the script.
    pub fn tolerated(&self, from: usize, to: usize) -> Option<String> {
        let commands = &self.commands;
        for (at, command) in commands.iter().enumerate().take(to).skip(from).filter(|(_, c)| !c.is_idle()) {
            let after = commands.get(at + 1);
            let words = after.map(Command::words).unwrap_or_default();
            match command.next {
                Next::Or => match words.as_slice() {
                    ["true"] => return Some("its command ends in `|| true`".to_owned()),
                    [":"] => return Some("its command ends in `|| :`".to_owned()),
                    ["exit", "0"] => return Some("its command ends in `|| exit 0`".to_owned()),
                    ["echo" | "printf", ..] if !commands.get(at + 2).is_some_and(fails) => {
                        return Some("its command's failure is only echoed".to_owned());
                    }
                    _ => {}
                },
                Next::Pipe if at < self.pipefail_from && after.is_some_and(|after| !fails(after)) => {
                    return Some("its command's failure is lost in a pipe".to_owned());
                }
                Next::Background => return Some("its command runs in the background".to_owned()),
                // The last command of all decides how the script ends.
                Next::Then if at + 2 == commands.len() => match words.as_slice() {
                    ["true"] => return Some("its command ends in `; true`".to_owned()),
                    ["exit", "0"] => return Some("its command ends in `; exit 0`".to_owned()),
                    _ => {}
                },
                Next::Then | Next::And | Next::Pipe => {}
            }
        }
        (self.tolerant_from < to).then(|| "its shell runs with `set +e`".to_owned())
    }
}

/// `{ echo failed; exit 1; }`
fn fails(command: &Command) -> bool {
    matches!(command.words().as_slice(), ["exit", code, ..] if *code != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<String> {
        commands(script).into_iter().map(|command| command.text).collect()
    }

    #[test]
    fn commands_of_a_script() {
        for (script, expected) in [
            ("a; b && c || d | e", vec!["a", "b", "c", "d", "e"]),
            ("a 'x; y' \"z && \\\" w\" # no\nb", vec!["a 'x; y' \"z && \\\" w\"", "b"]),
            ("a \\\n  --flag\nb", vec!["a    --flag", "b"]),
            ("x=$(a | b); ${{ c || d }}", vec!["x=$(a | b)", "${{ c || d }}"]),
            ("python - <<'EOF' \nimport x; y\nEOF\nb", vec!["python - <<'EOF' \nimport x; y\nEOF", "b"]),
            ("a 2>&1 | b", vec!["a 2>&1", "b"]),
            ("(cd x && y)", vec!["cd x", "y"]),
            ("a 'open", vec!["a 'open"]),
            ("a \\", vec!["a \\"]),
        ] {
            assert_eq!(texts(script), expected, "{script}");
        }
    }

    #[test]
    fn failures_that_stop_nothing() {
        let why = |script: &str| Script::of(script, false).tolerated(0, usize::MAX);
        for script in [
            "fairlearn x || true",
            "a\nb; exit 0\n",
            "a || echo failed",
            "a | tee log",
            "set +e\na",
            "a &\nb",
        ] {
            assert!(why(script).is_some(), "{script}");
        }
        for script in
            ["a && b", "a || exit 1", "a || { echo failed; exit 1; }", "set -o pipefail\na | tee log"]
        {
            assert_eq!(why(script), None, "{script}");
        }
    }

    #[test]
    fn what_lies_elsewhere() {
        let unreadable = |script: &str| commands(script).iter().any(Command::is_unreadable);
        for script in
            ["bash ci/run.sh", "./run", "make image", "curl -s https://x.example | sh", "FOO=1 scripts/a.sh"]
        {
            assert!(unreadable(script), "{script}");
        }
        for script in ["python a.py", "bash -c 'a'", "npm test", "x=1"] {
            assert!(!unreadable(script), "{script}");
        }
    }
}
