//! What a repository declares in `.probity/`, and what of it cannot be used.

use super::judge::effective;
use super::read::{BlobCache, read_files};
use super::templates::Templates;
use super::{Audit, Error};
use crate::facts::Facts;
use crate::model::{RepositoryInfo, Unread};

/// The files below `.probity/`, without records of waivers and trust.
pub struct Declared {
    pub repository: RepositoryInfo,
    pub files: Vec<String>,
    pub mistakes: Vec<Unread>,
}

impl Audit {
    /// Reads the declarations alone.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn declared(&self) -> Result<Declared, Error> {
        let handle = self.repository()?;
        let (repository, mut files) = self.snapshot(&handle)?;
        let records = [".probity/waivers/", ".probity/trust/", ".probity/policies/"];
        files.retain(|file| {
            file.path.starts_with(".probity/") && !records.iter().any(|folder| file.path.starts_with(folder))
        });
        let inventory = read_files(&handle, &files, &mut BlobCache::default(), &mut |_, _| {})?;
        let mut mistakes = inventory.unparsed;
        mistakes.extend(Facts::of(&inventory.documents).unread);
        mistakes.extend(effective(&inventory.documents, &[]).1);
        mistakes.extend(Templates::of(&inventory.documents).1);
        mistakes.sort();
        Ok(Declared { repository, files: files.into_iter().map(|file| file.path).collect(), mistakes })
    }
}
