//! The user's editor: `$VISUAL`, else `$EDITOR`, else `vi`, as git chooses where nothing is configured.
//!
//! Only the environment names it, never the audited repository. It is run by its words, without a shell, with an
//! absolute path, so that no file's name can be an option.

use std::path::Path;
use std::process::Command;

use super::failure::Failure;

/// More than this is no text that somebody wrote into a form.
const MOST: u64 = 64 * 1024;

/// The words of the user's editor.
///
/// # Errors
/// They cannot be told apart, as after a quote that is not closed.
pub fn words() -> Result<Vec<String>, Failure> {
    let chosen =
        |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()).map(|text| (name, text));
    let Some((name, text)) = chosen("VISUAL").or_else(|| chosen("EDITOR")) else {
        return Ok(vec!["vi".to_owned()]);
    };
    shlex::split(&text)
        .filter(|words| !words.is_empty())
        .ok_or_else(|| Failure::Usage(format!("${name} is no command: a quote may be missing")))
}

/// How an editor is told the line, by the name of its program. <https://github.com/jesseduffield/lazygit/blob/master/docs/Config.md>
/// lists the same ways.
fn at_line(program: &str, file: &str, line: u32) -> Vec<String> {
    let name =
        Path::new(program).file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match name.as_str() {
        "vi" | "vim" | "nvim" | "nano" | "emacs" | "emacsclient" | "kak" | "micro" | "less" | "ne"
        | "joe" => {
            vec![format!("+{line}"), file.to_owned()]
        }
        "hx" | "helix" | "zed" | "subl" => vec![format!("{file}:{line}")],
        "code" | "codium" => vec!["--goto".to_owned(), format!("{file}:{line}")],
        _ => vec![file.to_owned()],
    }
}

/// Opens a file at a line and waits for the editor to end.
///
/// # Errors
/// It cannot be started, or ends with an error.
pub fn open(file: &Path, line: u32) -> Result<(), Failure> {
    let words = words()?;
    let (program, arguments) = words.split_first().ok_or_else(|| Failure::Usage("no editor".to_owned()))?;
    let file = file.to_str().ok_or_else(|| Failure::Usage("the path is no UTF-8".to_owned()))?;
    let status = Command::new(program).args(arguments).args(at_line(program, file, line)).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Usage(format!("the editor `{program}` ended with {status}"))),
        Err(error) => Err(Failure::Usage(format!("the editor `{program}`: {error}; set $VISUAL or $EDITOR"))),
    }
}

/// Opens a link in `$BROWSER`, else in what the desktop takes for it, and waits for it to end.
///
/// # Errors
/// It cannot be started, or ends with an error.
pub fn browse(link: &str) -> Result<(), Failure> {
    let chosen = std::env::var("BROWSER").ok().filter(|text| !text.trim().is_empty());
    let desktop = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let words = shlex::split(chosen.as_deref().unwrap_or(desktop)).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::Usage("$BROWSER is no command: a quote may be missing".to_owned()));
    };
    match Command::new(program).args(arguments).arg(link).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Usage(format!("the browser `{program}` ended with {status}"))),
        Err(error) => Err(Failure::Usage(format!(
            "the browser `{program}`: {error}; set $BROWSER, or copy the link with y l"
        ))),
    }
}

/// Lets a person edit a text; what begins with `#` is left out, and the lines become one.
///
/// # Errors
/// The editor fails, or what it leaves is too much or no text.
pub fn edit(text: &str, help: &[String]) -> Result<String, Failure> {
    let folder = tempfile::Builder::new().prefix("probity-").tempdir()?;
    let file = folder.path().join("REASON.txt");
    let help: Vec<String> = help.iter().map(|line| format!("# {line}")).collect();
    std::fs::write(&file, format!("{text}\n{}\n", help.join("\n")))?;
    open(&file, 1)?;
    if file.metadata()?.len() > MOST {
        return Err(Failure::Usage(format!("more than {MOST} bytes were written")));
    }
    let written = std::fs::read_to_string(&file)
        .map_err(|error| Failure::Usage(format!("what was written cannot be read: {error}")))?;
    Ok(one_line(&written))
}

fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ")
}

/// Asks why findings are acceptable.
///
/// # Errors
/// As [`edit`].
pub fn ask_reason(text: &str, subjects: &[String]) -> Result<String, Failure> {
    let mut help = vec!["Why is this acceptable? It becomes one line; lines with # are left out.".to_owned()];
    help.extend(subjects.iter().take(20).map(|subject| format!("  {}", crate::text::SafeText::new(subject))));
    if subjects.len() > 20 {
        help.push(format!("  and {} more", subjects.len() - 20));
    }
    edit(text, &help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_are_told_the_line_their_way() {
        assert_eq!(at_line("/usr/bin/nvim", "/a b", 7), ["+7", "/a b"]);
        assert_eq!(at_line("code", "/a", 7), ["--goto", "/a:7"]);
        assert_eq!(at_line("hx", "/a", 7), ["/a:7"]);
        assert_eq!(at_line("my-editor", "/a", 7), ["/a"]);
    }

    #[test]
    fn what_was_written_becomes_one_line() {
        assert_eq!(
            one_line("  Dev data only.\n\n# help\nGone in March.  \n"),
            "Dev data only. Gone in March."
        );
        assert_eq!(one_line("# help\n"), "");
    }
}
