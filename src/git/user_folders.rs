//! The user's folders: for what only costs time when it is lost, for what is remembered, for what was asked for.
//!
//! Only the user's own runs write there. A repository cannot plant an entry: its folders are never looked in, not even
//! where the environment says that the cache lies within them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Environment, Repository};

impl Repository {
    /// The folder `probity/<name>` of the user's cache; `None` where there is no place that is the user's alone.
    pub fn cache_folder(&self, environment: &Environment, name: &str) -> Option<PathBuf> {
        self.own_folder(environment, ("XDG_CACHE_HOME", ".cache"), name)
    }

    /// The folder `probity/<name>` of what the user's programs remember; `None` as for the cache.
    pub fn state_folder(&self, environment: &Environment, name: &str) -> Option<PathBuf> {
        self.own_folder(environment, ("XDG_STATE_HOME", ".local/state"), name)
    }

    /// The folder `probity/<name>` of the user's data; `None` as for the cache.
    pub fn data_folder(&self, environment: &Environment, name: &str) -> Option<PathBuf> {
        self.own_folder(environment, ("XDG_DATA_HOME", ".local/share"), name)
    }

    fn own_folder(
        &self,
        environment: &Environment,
        (variable, usual): (&str, &str),
        name: &str,
    ) -> Option<PathBuf> {
        let given = environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = given.or_else(|| Some(environment.home()?.join(usual)))?;
        let folder = base.is_absolute().then(|| base.join("probity").join(name))?;
        self.is_outside(&folder).then_some(folder)
    }

    /// Does a folder lie outside of everything that belongs to this repository?
    fn is_outside(&self, folder: &Path) -> bool {
        // What is not there yet would be made below what is.
        let there = folder.ancestors().find_map(|folder| folder.canonicalize().ok());
        let Some(there) = there else { return false };
        let mut own = self.folders().into_iter().filter_map(|path| path.canonicalize().ok());
        own.all(|own| !there.starts_with(own))
    }
}

/// Puts a file in place whole, so that runs side by side do not meet halves; only the user can read it.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}
