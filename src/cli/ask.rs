//! Asking before something is written.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use super::failure::Failure;

/// Is there somebody at a terminal?
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Shows what is about to happen and asks. Without a terminal only `--yes` answers.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("nobody to ask: add --yes to sign without asking".to_owned()));
    }
    let mut out = std::io::stderr().lock();
    write!(out, "{question} Type yes: ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::Usage("nothing was written".to_owned())) }
}
