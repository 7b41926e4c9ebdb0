//! What ends a command early, and the exit code that says so.

use std::io;

use crate::{audit, git, tui, waiver};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The call or the configuration is wrong; the message says what to do.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Internal(String),
    /// Whoever reads our output has seen enough.
    #[error("the reader of the output went away")]
    BrokenPipe,
}

impl Failure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => super::exit::USAGE,
            Failure::Internal(_) => super::exit::INTERNAL,
            Failure::BrokenPipe => super::exit::CLEAN,
        }
    }
}

impl From<audit::Error> for Failure {
    fn from(error: audit::Error) -> Self {
        match error {
            audit::Error::Git(git::Error::Git(_) | git::Error::Io { .. }) => {
                Failure::Internal(error.to_string())
            }
            _ => Failure::Usage(error.to_string()),
        }
    }
}

impl From<git::Error> for Failure {
    fn from(error: git::Error) -> Self {
        audit::Error::from(error).into()
    }
}

impl From<waiver::Error> for Failure {
    fn from(error: waiver::Error) -> Self {
        Failure::Usage(error.to_string())
    }
}

impl From<tui::Error> for Failure {
    fn from(error: tui::Error) -> Self {
        match error {
            tui::Error::NoTerminal => Failure::Usage(error.to_string()),
            tui::Error::Terminal(_) => Failure::Internal(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::BrokenPipe
        } else {
            Failure::Internal(error.to_string())
        }
    }
}
