//! Paths as git has them: relative to the repository's root, with `/` between their steps.

/// The folder of a path, empty at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path of `relative` seen from `folder`, without `.` and `..`; `None` when it is absolute or a URL,
/// or leaves the repository.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains("://") {
        return None;
    }
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(relative.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        assert_eq!((folder("a/b/c"), folder("c")), ("a/b", ""));
        assert_eq!(join("a/b", "../d.tf").as_deref(), Some("a/d.tf"));
        assert_eq!(join("", "./x/../d.tf").as_deref(), Some("d.tf"));
        assert_eq!(join("a", "../../d.tf"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
        assert_eq!(join("a", "https://example.com/x"), None);
    }
}
