//! Symbolic links between files of one repository.
//!
//! Teams share Terraform files between roots this way, and Terraform reads them there; so such a link
//! counts as the file that it leads to. The way is worked out on paths: a link is never followed by the
//! file system, and one that leaves the repository, or leads to a folder, stays a link.

use super::{Error, FileEntry, FileKind, Oid, Repository};
use crate::model::path;

/// Links to links beyond this are taken for a circle.
const MAX_HOPS: usize = 8;

/// Gives every link that leads to a regular file among `files` (sorted by path) that file's content.
/// `text` reads what is written in a link.
pub(super) fn resolve(files: &mut [FileEntry], text: impl Fn(&FileEntry) -> Option<String>) {
    let find = |path: &str| files.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
    let follow = |link: &FileEntry| {
        let mut at = link;
        for _ in 0..MAX_HOPS {
            let next = find(&target(&at.path, &text(at)?)?)?;
            at = files.get(next)?;
            match at.kind {
                FileKind::Regular => return Some(at.clone()),
                FileKind::Symlink => {}
                FileKind::Submodule => return None,
            }
        }
        None
    };
    let links = files.iter().enumerate().filter(|(_, file)| file.kind == FileKind::Symlink);
    let found: Vec<_> = links.filter_map(|(index, link)| Some((index, follow(link)?))).collect();
    for (index, real) in found {
        if let Some(link) = files.get_mut(index) {
            let on_disk = real.on_disk.or_else(|| real.oid.is_none().then(|| real.path.into()));
            *link =
                FileEntry { path: std::mem::take(&mut link.path), kind: real.kind, oid: real.oid, on_disk };
        }
    }
}

impl Repository {
    /// The same for one link of a commit, whose other files are not at hand.
    pub(super) fn resolve_in(&self, commit: Oid, link: &FileEntry) -> Result<Option<FileEntry>, Error> {
        let tree = self.inner.find_commit(commit)?.tree()?;
        let (mut at, mut oid) = (link.path.clone(), link.oid);
        for _ in 0..MAX_HOPS {
            let Some(next) = oid.and_then(|oid| self.link_text(oid)).and_then(|text| target(&at, &text))
            else {
                return Ok(None);
            };
            let Ok(entry) = tree.get_path(std::path::Path::new(&next)) else { return Ok(None) };
            oid = Some(entry.id());
            match (entry.kind(), entry.filemode()) {
                (Some(git2::ObjectType::Blob), 0o120_000) => at = next,
                (Some(git2::ObjectType::Blob), _) => {
                    return Ok(Some(FileEntry { kind: FileKind::Regular, oid, ..link.clone() }));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What is written in a link that is an object.
    pub(super) fn link_text(&self, oid: Oid) -> Option<String> {
        let bytes = self.blob(oid, 4096).ok()?.ok()?;
        String::from_utf8(bytes).ok()
    }
}

/// The path that a link's text names, from the repository's root; `None` when it leaves it.
fn target(link: &str, text: &str) -> Option<String> {
    path::join(path::folder(link), text)
}
