//! What signing would use, without signing: for `probity doctor`. No program is run.

use super::sign::is_ssh;
use super::write::{Desk, warnings};
use super::{Error, Options};
use crate::git::Repository;

/// What a signature would be made with.
#[derive(Debug)]
pub struct SigningSetup {
    /// The kind of the key and its fingerprint; without one, why.
    pub key: Result<(String, String), Error>,
    /// The program that signs, as the user's own git settings name it.
    pub program: String,
    /// `user.signingKey` and `gpg.format`, whoever set them.
    pub signing_key: Option<String>,
    pub format: Option<String>,
    /// Does git sign commits with the same?
    pub ssh_commits: bool,
    pub warnings: Vec<String>,
}

impl SigningSetup {
    /// # Errors
    /// Git's settings cannot be read.
    pub fn of(repository: &Repository, options: &Options) -> Result<Self, Error> {
        let settings = repository.settings(&options.environment)?;
        let key = Desk::new(repository, options).map(|desk| {
            let public = &desk.signer.public;
            (public.kind().to_owned(), public.fingerprint())
        });
        Ok(Self {
            key,
            program: settings.get_trusted("gpg.ssh.program").unwrap_or("ssh-keygen").to_owned(),
            signing_key: settings.get("user.signingKey").map(str::to_owned),
            format: settings.get("gpg.format").map(str::to_owned),
            ssh_commits: is_ssh(&settings) && settings.is_on("commit.gpgsign"),
            warnings: warnings(&settings),
        })
    }
}
