//! Commits signed with `OpenPGP`, by the program that git would run. Records are never signed so.
//!
//! The program is named by the user's own git settings, never by the repository's. Its signature counts when it says
//! so on its status lines: what it prints for people may say anything.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::Error;
use super::sign::{Signer, first_lines, private_folder, read_limited, run};
use crate::git::Settings;

const CREATED: &str = "[GNUPG:] SIG_CREATED ";

/// Signs commits, as git is set up to.
pub(super) enum CommitSigner {
    Ssh(Signer),
    OpenPgp(OpenPgp),
}

impl CommitSigner {
    /// Gives the armored signature.
    pub fn sign(&self, content: &[u8]) -> Result<String, Error> {
        match self {
            Self::Ssh(signer) => signer.sign("git", content).map(|signed| signed.armor),
            Self::OpenPgp(signer) => signer.sign(content).map_err(|reason| Error::Signer {
                program: signer.program.clone(),
                reason: format!(
                    "{reason} (the settings are commit.gpgsign, gpg.program and user.signingKey)"
                ),
            }),
        }
    }
}

pub(super) struct OpenPgp {
    program: String,
    key: String,
    timeout: Duration,
}

/// Is this the format of commit signatures, as it is unless somebody says otherwise?
pub(super) fn is_openpgp(settings: &Settings) -> bool {
    settings.get("gpg.format").is_none_or(|format| format.eq_ignore_ascii_case("openpgp"))
}

impl OpenPgp {
    /// The signer where git is set up to sign all commits with `OpenPGP`. `committer` is whose key it is if no key is set.
    pub fn for_commits(settings: &Settings, committer: Option<String>, timeout: Duration) -> Option<Self> {
        if !settings.is_on("commit.gpgsign") || !is_openpgp(settings) {
            return None;
        }
        let program =
            settings.get_trusted("gpg.openpgp.program").or_else(|| settings.get_trusted("gpg.program"));
        let key = settings.get("user.signingKey").map(str::to_owned).or(committer)?;
        Some(Self { program: program.unwrap_or("gpg").to_owned(), key, timeout })
    }

    fn sign(&self, content: &[u8]) -> Result<String, String> {
        let io = |what: &str, error: &std::io::Error| format!("{what}: {error}");
        // The repository can name the key: it must not become an option.
        if self.key.starts_with('-') || self.key.chars().any(char::is_control) {
            return Err("user.signingKey is no name of a key".to_owned());
        }
        let folder = private_folder().map_err(|error| io("no private folder for it", &error))?;
        let [input, output, status] = ["commit", "signature", "status"].map(|name| folder.path().join(name));
        std::fs::write(&input, content).map_err(|error| io("cannot write its input", &error))?;
        let create = |path| std::fs::File::create(path).map_err(|error| io("cannot take its output", &error));
        let mut command = Command::new(&self.program);
        // The folder as working directory: a program named by a relative path is not looked for in the repository.
        command
            .args(["--batch", "--status-fd=2", "-bsau", &self.key])
            .current_dir(folder.path())
            .stdin(Stdio::from(
                std::fs::File::open(&input).map_err(|error| io("cannot read its input", &error))?,
            ))
            .stdout(create(&output)?)
            .stderr(create(&status)?);
        run(&mut command, self.timeout).map_err(|reason| match first_lines(&status) {
            said if said.is_empty() => reason,
            said => format!("{reason}: {said}"),
        })?;
        let status = read_limited(&status)?;
        if !status.lines().any(|line| line.starts_with(CREATED)) {
            return Err("it did not say SIG_CREATED".to_owned());
        }
        let armor = read_limited(&output)?.replace("\r\n", "\n");
        let whole = armor.strip_prefix("-----BEGIN PGP SIGNATURE-----\n");
        let whole = whole.and_then(|rest| rest.strip_suffix("\n-----END PGP SIGNATURE-----\n"));
        match whole {
            Some(body) if !body.contains("-----") && body.is_ascii() && !body.contains('\0') => Ok(armor),
            _ => Err("it gave no armored signature".to_owned()),
        }
    }
}
