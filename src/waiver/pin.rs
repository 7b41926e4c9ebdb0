//! The pin: which trust data this user takes for a repository's own. Kept outside every repository.
//!
//! Trust data that lies in the repository can be replaced together with everything it judges. So the id
//! of its first version is remembered in the user's folder, by the real path of the git folder and by the
//! remotes' addresses, and a change of it is an alarm.

use std::path::{Path, PathBuf};

use super::{Error, Options, memory};
use crate::git::Repository;
use crate::model::Digest;

/// What the user holds about a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// Never seen: everything is untrusted until the user says yes.
    None,
    Id(Digest),
    /// The path and a remote are known by different ids.
    Conflict(Digest, Digest),
}

/// One line of the file of known repositories: an id, a space, `path` or `url`, a space, the place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    id: Digest,
    place: String,
}

impl Pin {
    /// `--trust-root`, else `PROBITY_TRUST_ROOT`, else the user's file.
    pub fn find(repository: &Repository, options: &Options) -> Result<Self, Error> {
        if let Some(id) = options.trust_root {
            return Ok(Pin::Id(id));
        }
        if let Some(text) = options.environment.get("PROBITY_TRUST_ROOT") {
            let id = text.parse().map_err(|error| Error::TrustRoot { value: text.to_owned(), error })?;
            return Ok(Pin::Id(id));
        }
        Self::remembered(repository, options)
    }

    /// What the user's file says, whatever was given for this run.
    pub(super) fn remembered(repository: &Repository, options: &Options) -> Result<Self, Error> {
        let places = places(repository, options)?;
        let known = read(&file(options)?)?;
        let mut ids: Vec<Digest> =
            known.into_iter().filter(|known| places.contains(&known.place)).map(|known| known.id).collect();
        ids.dedup();
        Ok(match ids.as_slice() {
            [] => Pin::None,
            [id] => Pin::Id(*id),
            [first, .., last] if first == last => Pin::Id(*first),
            [first, rest @ ..] => {
                Pin::Conflict(*first, *rest.iter().find(|id| *id != first).unwrap_or(first))
            }
        })
    }
}

/// Remembers the id for this repository's path and remotes. The user has seen it and said yes.
pub fn remember(repository: &Repository, options: &Options, id: Digest) -> Result<(), Error> {
    let file = file(options)?;
    let mut known = read(&file)?;
    for place in places(repository, options)? {
        let entry = Known { id, place };
        if !known.contains(&entry) {
            known.push(entry);
        }
    }
    write(&file, &known)
}

/// Forgets what is remembered for this repository's path and remotes; says how many entries that were.
pub fn forget(repository: &Repository, options: &Options) -> Result<usize, Error> {
    let file = file(options)?;
    let places = places(repository, options)?;
    let (gone, kept): (Vec<_>, Vec<_>) =
        read(&file)?.into_iter().partition(|known| places.contains(&known.place));
    if !gone.is_empty() {
        write(&file, &kept)?;
    }
    for known in gone.iter().filter(|gone| kept.iter().all(|kept| kept.id != gone.id)) {
        memory::forget(options, known.id)?;
    }
    Ok(gone.len())
}

fn file(options: &Options) -> Result<PathBuf, Error> {
    Ok(state_folder(options)?.join("known_repositories"))
}

/// Where this user's memory lies.
pub(super) fn state_folder(options: &Options) -> Result<PathBuf, Error> {
    let environment = &options.environment;
    let state = match environment.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(folder) => folder,
        None => environment.home().ok_or(Error::NoStateFolder)?.join(".local/state"),
    };
    Ok(state.join("probity"))
}

/// How this repository may be known.
fn places(repository: &Repository, options: &Options) -> Result<Vec<String>, Error> {
    let common = repository.common_dir();
    let real = common.canonicalize().map_err(|error| Error::io("cannot resolve", &common, &error))?;
    let mut places = vec![format!("path {}", escape(real.as_os_str().as_encoded_bytes()))];
    let settings = repository.settings(&options.environment)?;
    places.extend(
        settings.remote_urls().filter_map(normal_url).map(|url| format!("url {}", escape(url.as_bytes()))),
    );
    Ok(places)
}

/// An address without user, password and the endings that servers ignore; `None` for a relative path, which
/// means another place in every clone.
fn normal_url(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let url = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        None => url.to_owned(),
    };
    (url.starts_with('/') || url.contains(':')).then_some(url)
}

fn escape(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        match byte {
            b'!'..=b'~' if *byte != b'%' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

fn read(file: &Path) -> Result<Vec<Known>, Error> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("cannot read", file, &error)),
    };
    // A line that cannot be read must not silently become "never seen".
    text.lines()
        .enumerate()
        .map(|(number, line)| {
            let entry = line
                .split_once(' ')
                .and_then(|(id, place)| Some(Known { id: id.parse().ok()?, place: place.to_owned() }));
            entry.ok_or_else(|| Error::KnownRepositories {
                file: file.display().to_string(),
                line: number + 1,
            })
        })
        .collect()
}

fn write(file: &Path, known: &[Known]) -> Result<(), Error> {
    let text = known.iter().flat_map(|Known { id, place }| [id.to_string(), format!(" {place}\n")]);
    replace(file, &text.collect::<String>())
}

/// Writes the whole file anew beside the old one and renames it, so that a crash leaves one or the other.
pub(super) fn replace(file: &Path, text: &str) -> Result<(), Error> {
    use std::io::Write as _;
    let error = |error: std::io::Error| Error::io("cannot write", file, &error);
    let folder = file.parent().ok_or(Error::NoStateFolder)?;
    std::fs::create_dir_all(folder).map_err(error)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(error)?; // mode 0600
    new.write_all(text.as_bytes()).map_err(error)?;
    new.as_file().sync_all().map_err(error)?;
    new.persist(file).map(|_| ()).map_err(|failure| error(failure.error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_is_secret_or_means_nothing() {
        for (url, expected) in [
            ("https://user:secret@example.com/claims-ml.git", Some("https://example.com/claims-ml")),
            ("https://example.com/claims-ml/", Some("https://example.com/claims-ml")),
            ("git@example.com:claims-ml.git", Some("git@example.com:claims-ml")),
            ("/srv/claims-ml.git", Some("/srv/claims-ml")),
            ("../claims-ml", None),
        ] {
            assert_eq!(normal_url(url).as_deref(), expected);
        }
    }
}
