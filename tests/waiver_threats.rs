//! Every test that the list of threats names exists.
#![allow(clippy::unwrap_used)] // a test may panic

use std::path::Path;

#[test]
fn every_threat_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/threats.md")).unwrap();
    let (mut seen, mut missing) = (0, Vec::new());
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains("::")) {
        let name = row.rsplit('`').nth(1).unwrap();
        let (file, test) = name.split_once("::").unwrap();
        let code = ["tests", "src/waiver", "src/git"]
            .map(|folder| format!("{folder}/{file}.rs"))
            .iter()
            .find_map(|path| std::fs::read_to_string(root.join(path)).ok())
            .unwrap_or_default();
        if !code.contains(&format!("fn {test}(")) {
            missing.push(name.to_owned());
        }
        seen += 1;
    }
    assert!(seen >= 50, "{seen} rows");
    assert_eq!(missing, Vec::<String>::new());
}
