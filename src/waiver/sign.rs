//! Signing with whatever git is set up to sign with. Probity itself never loads a private key.
//!
//! The program is named by the user's own git settings, never by the repository's. It runs on a copy of
//! the payload in a new private folder, with a deadline, and its answer counts only after the signature
//! was verified here for payload, name space and key.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Error;
use super::sshkey::PublicKey;
use super::sshsig::Signature;
use crate::git::{Environment, Settings};

const POLL: Duration = Duration::from_millis(10);
const MAX_SIGNATURE: u64 = 65_536;

/// A key and the program that signs with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    program: String,
    key: KeySource,
    /// The public half: what the signature must turn out to be made with.
    pub public: PublicKey,
    timeout: Duration,
}

/// A verified signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub armor: String,
    /// False only for a security key that nobody touched.
    pub touched: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum KeySource {
    File(PathBuf),
    /// A public key in the setting itself; its private half is held by an agent.
    Literal,
}

impl Signer {
    /// The signer for records: `--signing-key`, else `probity.signingKey`, else git's own SSH key.
    pub fn for_records(
        asked: Option<&str>,
        settings: &Settings,
        environment: &Environment,
        base: &Path,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let git_key = || is_ssh(settings).then(|| settings.get("user.signingKey")).flatten();
        let key = asked
            .or_else(|| settings.get("probity.signingKey"))
            .or_else(git_key)
            .ok_or(Error::NoSigningKey)?;
        Self::new(key, settings, environment, base, timeout)
    }

    /// The signer for commits, when git is set up to sign with an SSH key.
    pub fn for_commits(
        settings: &Settings,
        environment: &Environment,
        base: &Path,
        timeout: Duration,
    ) -> Option<Result<Self, Error>> {
        let key = is_ssh(settings).then(|| settings.get("user.signingKey")).flatten()?;
        Some(Self::new(key, settings, environment, base, timeout))
    }

    fn new(
        key: &str,
        settings: &Settings,
        environment: &Environment,
        base: &Path,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let program = settings.get_trusted("gpg.ssh.program").unwrap_or("ssh-keygen").to_owned();
        let literal = key.strip_prefix("key::").or_else(|| key.starts_with("ssh-").then_some(key));
        let (source, public) = if let Some(line) = literal {
            (KeySource::Literal, PublicKey::from_line_with_comment(line))
        } else {
            let path = expand(key, environment, base);
            let public = public_half(&path);
            (KeySource::File(path), public)
        };
        let public = public.map_err(|reason| Error::BadSigningKey { key: key.to_owned(), reason })?;
        Ok(Self { program, key: source, public, timeout })
    }

    /// Signs the payload and verifies the result.
    pub fn sign(&self, namespace: &str, payload: &[u8]) -> Result<Signed, Error> {
        let failed = |reason: String| Error::Signer { program: self.program.clone(), reason };
        let io = |what: &str, error: &std::io::Error| failed(format!("{what}: {error}"));
        let folder = private_folder().map_err(|error| io("no private folder for it", &error))?;
        let file = folder.path().join("payload");
        let errors = folder.path().join("errors");
        std::fs::write(&file, payload).map_err(|error| io("cannot write its input", &error))?;
        let stderr = std::fs::File::create(&errors).map_err(|error| io("cannot write its input", &error))?;

        let mut command = Command::new(&self.program);
        command.args(["-Y", "sign", "-n", namespace]);
        match &self.key {
            KeySource::File(path) => command.arg("-f").arg(path),
            KeySource::Literal => {
                let path = folder.path().join("key.pub");
                std::fs::write(&path, self.public.line() + "\n")
                    .map_err(|error| io("cannot write its key", &error))?;
                command.arg("-f").arg(path).arg("-U")
            }
        };
        // The folder as working directory: a program named by a relative path is not looked for in the
        // repository.
        command
            .arg(&file)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr);
        let outcome = run(&mut command, self.timeout);
        let said = first_lines(&errors);
        outcome
            .map_err(|reason| failed(if said.is_empty() { reason } else { format!("{reason}: {said}") }))?;

        let armored = read_limited(&folder.path().join("payload.sig")).map_err(&failed)?;
        let signature = Signature::parse(&armored).map_err(|why| failed(format!("its signature: {why}")))?;
        let touched =
            signature.verify(namespace, payload).map_err(|why| failed(format!("its signature: {why}")))?;
        if signature.key != self.public {
            return Err(failed(format!(
                "it signed with {} instead of {}",
                signature.key.fingerprint(),
                self.public.fingerprint()
            )));
        }
        Ok(Signed { armor: armored, touched })
    }
}

/// Runs a program to its end, or to the deadline.
pub(super) fn run(command: &mut Command, timeout: Duration) -> Result<(), String> {
    let mut child = command.spawn().map_err(|error| format!("cannot start it: {error}"))?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("it failed ({status})")),
            Ok(None) if start.elapsed() < timeout => std::thread::sleep(POLL),
            outcome => {
                // Only this child, by its own handle; that it may already be gone is no matter.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match outcome {
                    Err(error) => format!("cannot wait for it: {error}"),
                    _ => format!("it gave no answer within {} s and was stopped", timeout.as_secs()),
                });
            }
        }
    }
}

pub(super) fn is_ssh(settings: &Settings) -> bool {
    settings.get("gpg.format").is_some_and(|format| format.eq_ignore_ascii_case("ssh"))
}

/// `~/` is the home folder; other relative paths start at the work tree, as git takes them.
fn expand(key: &str, environment: &Environment, base: &Path) -> PathBuf {
    match (key.strip_prefix("~/"), environment.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => base.join(key),
    }
}

/// The public half of a key file: the file itself, or the `.pub` beside it.
fn public_half(path: &Path) -> Result<PublicKey, String> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    let mut reason = String::new();
    for candidate in [PathBuf::from(beside), path.to_path_buf()] {
        match read_limited(&candidate) {
            Ok(text) if text.starts_with("-----BEGIN") => {}
            Ok(text) => return PublicKey::from_line_with_comment(&text),
            Err(error) => reason = error,
        }
    }
    if path.is_file() {
        let shown = path.display();
        reason = format!("its public half is missing; run `ssh-keygen -y -f {shown} > {shown}.pub`");
    }
    Err(reason)
}

pub(super) fn private_folder() -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("probity-sign-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}

pub(super) fn read_limited(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let shown = path.file_name().unwrap_or_default().to_string_lossy();
    // A device or a pipe could give bytes for ever, or none.
    let metadata = path.metadata().map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if !metadata.is_file() {
        return Err(format!("{} is no regular file", path.display()));
    }
    let file =
        std::fs::File::open(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut text = String::new();
    file.take(MAX_SIGNATURE)
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot read {shown}: {error}"))?;
    Ok(text)
}

/// What the program said, fit for one line of ours.
pub(super) fn first_lines(path: &Path) -> String {
    let text =
        std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    super::text::escaped(&lines.join("; ").chars().take(400).collect::<String>())
}
