//! Reading policy files from a folder that nobody vouches for. One file that cannot be read is named and takes
//! nothing with it.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;

use super::data;
use super::limits;
use super::refusal::Refusal;
use crate::model::NotEvaluated;

const MAX_FILES: usize = 5_000;
const MAX_DEPTH: usize = 64;
/// A file that is no Rego: Gatekeeper's, or data.
const MANIFEST_BYTES: u64 = 16 << 20;

/// The files of one folder, by what they may be; each with its name.
#[derive(Debug, Default)]
pub struct PolicyFiles {
    /// Rego without its tests.
    pub rego: Vec<(String, String)>,
    /// Data that is merged at the root: YAML and JSON in the folder `params`.
    pub params: Vec<(String, String)>,
    /// YAML and JSON that may be Gatekeeper's.
    pub manifests: Vec<(String, String)>,
    /// What could not be read.
    pub failures: Vec<NotEvaluated>,
}

impl PolicyFiles {
    /// Takes a file of a folder in as what its name says.
    pub fn take(&mut self, folder: &Path, name: String, bytes: Vec<u8>) {
        let is_rego = ends(&name, &["rego"]);
        if is_rego && name.ends_with("_test.rego") {
            return;
        }
        let is_manifest = !is_rego && bytes.windows(GATEKEEPER.len()).any(|window| window == GATEKEEPER);
        let is_params = !is_rego && !is_manifest && Path::new(&name).starts_with(folder.join(data::PARAMS));
        if !is_rego && !is_params && !is_manifest {
            return;
        }
        match String::from_utf8(bytes) {
            Ok(text) if is_rego => self.rego.push((name, text)),
            Ok(text) if is_params => self.params.push((name, text)),
            Ok(text) => self.manifests.push((name, text)),
            Err(error) => {
                let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
                let line = good.split(|byte| *byte == b'\n').count();
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                self.failures.push(Refusal::at(&name, line, "not UTF-8").concerning(name.clone()));
            }
        }
    }

    fn fail(&mut self, path: &Path, reason: impl Into<String>) {
        let name = path.display().to_string();
        let refusal = Refusal { path: Some(name.clone()), ..Refusal::new(reason) };
        self.failures.push(refusal.concerning(name));
    }
}

const GATEKEEPER: &[u8] = b"gatekeeper.sh/";

fn ends(name: &str, endings: &[&str]) -> bool {
    Path::new(name).extension().and_then(OsStr::to_str).is_some_and(|end| endings.contains(&end))
}

/// Reads a folder, or a single file.
///
/// # Errors
/// The path itself cannot be read or holds no policy: a mistake of the call.
pub fn read_folder(path: &Path) -> Result<PolicyFiles, String> {
    let mut found = PolicyFiles::default();
    let metadata = path.metadata().map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if metadata.is_dir() {
        walk(path, MAX_DEPTH, &mut |file| {
            if ends(&file.to_string_lossy(), &["rego", "yaml", "yml", "json"]) || leads_to_folder(file) {
                read(path, file, false, &mut found);
            }
        })?;
    } else {
        read(path, path, true, &mut found);
    }
    if found.rego.is_empty() && found.manifests.is_empty() && found.failures.is_empty() {
        return Err(format!("no .rego file and no Gatekeeper template in {}", path.display()));
    }
    Ok(found)
}

fn leads_to_folder(path: &Path) -> bool {
    path.is_symlink() && path.metadata().is_ok_and(|metadata| metadata.is_dir())
}

fn read(folder: &Path, path: &Path, named: bool, found: &mut PolicyFiles) {
    let most = if ends(&path.to_string_lossy(), &["rego"]) { limits::FILE_BYTES } else { MANIFEST_BYTES };
    match bytes(path, named, most) {
        Ok(bytes) => found.take(folder, path.display().to_string(), bytes),
        Err(reason) => found.fail(path, reason),
    }
}

/// The content of a regular file within the limit. A pipe or a device is not waited for, a link is followed
/// only where the user named it.
fn bytes(path: &Path, named: bool, most: u64) -> Result<Vec<u8>, String> {
    let describe = |error: std::io::Error| format!("cannot be read: {error}");
    let too_large = || format!("has more than {} MiB", most >> 20);
    let metadata = if named { path.metadata() } else { path.symlink_metadata() }.map_err(describe)?;
    if metadata.is_symlink() {
        return Err("a symbolic link, which is not followed".to_owned());
    }
    if !metadata.is_file() {
        return Err("no regular file".to_owned());
    }
    if metadata.len() > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(describe)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(describe)?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// All entries below a folder that are no folders, sorted within each.
fn walk(folder: &Path, depth: usize, on: &mut dyn FnMut(&Path)) -> Result<(), String> {
    let mut count = 0;
    let mut folders = vec![(folder.to_owned(), depth)];
    while let Some((folder, depth)) = folders.pop() {
        let describe = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let mut entries: Vec<_> =
            std::fs::read_dir(&folder).map_err(describe)?.filter_map(Result::ok).map(|e| e.path()).collect();
        entries.sort();
        for entry in &entries {
            let is_folder = entry.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            if is_folder {
                continue;
            }
            count += 1;
            if count > MAX_FILES {
                return Err(format!("more than {MAX_FILES} files in {}", folder.display()));
            }
            on(entry);
        }
        for entry in entries.into_iter().rev() {
            if entry.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                match depth.checked_sub(1) {
                    Some(depth) => folders.push((entry, depth)),
                    None => return Err(format!("{}: folders nest too deep", entry.display())),
                }
            }
        }
    }
    Ok(())
}

/// Files of a folder (or one file) by their endings, all of which must be readable: for tests and their data.
///
/// # Errors
/// The first that cannot be read.
pub(super) fn read_files(
    path: &Path,
    endings: &[&str],
    files: &mut Vec<(String, String)>,
) -> Result<(), String> {
    let describe = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let metadata = path.metadata().map_err(describe)?;
    let mut failed = None;
    let mut take = |file: &Path| {
        let text = bytes(file, true, MANIFEST_BYTES)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned()));
        match text {
            Ok(text) => files.push((file.display().to_string(), text)),
            Err(reason) => failed = failed.take().or(Some(format!("{}: {reason}", file.display()))),
        }
    };
    if metadata.is_dir() {
        walk(path, MAX_DEPTH, &mut |file| {
            if ends(&file.to_string_lossy(), endings) {
                take(file);
            }
        })?;
    } else {
        take(path);
    }
    failed.map_or(Ok(()), Err)
}

/// The Rego files of a folder (or one file).
///
/// # Errors
/// The first that cannot be read.
pub(super) fn read_rego(path: &Path, files: &mut Vec<(String, String)>) -> Result<(), String> {
    read_files(path, &["rego"], files)
}
