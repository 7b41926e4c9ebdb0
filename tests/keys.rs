//! The keys: their page, and a user's own.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use support::Repo;

#[test]
fn the_page_of_keys_is_what_the_program_uses() {
    let file = format!("{}/docs/keys.md", env!("CARGO_MANIFEST_DIR"));
    let page = probity::tui::keys_page(&probity::tui::Keymap::default());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap();
    assert!(known == page, "docs/keys.md is stale: UPDATE_GOLDEN=1 cargo test --test keys");
}

#[test]
fn a_users_keymap_is_shown_and_its_mistakes_are_told() {
    let repo = Repo::new();
    let config = repo.environment().into_iter().find(|(name, _)| name == "XDG_CONFIG_HOME").unwrap().1;
    let folder = std::path::Path::new(&config).join("probity");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |text: &str| std::fs::write(folder.join("keymap.toml"), text).unwrap();
    write("[findings]\n\"ctrl-n\" = \"cursor.down\"\n\"W\" = false\n");
    let keys = repo.probity(&["keys"]).expect(0).out;
    assert!(keys.contains("ctrl-n, j, down"), "{keys}");
    assert!(!keys.contains("waiver.draft_group"), "{keys}");
    write("[findings]\n\"ctrl-n\" = \"cursor.dwn\"\n[form]\n\"x\" = \"nav.cancel\"\n");
    let told = repo.probity(&["keys"]).expect(2).err;
    assert!(
        told.contains("keymap.toml: line 2: `cursor.dwn` is no command; did you mean `cursor.down`?"),
        "{told}"
    );
    assert!(told.contains("keymap.toml: line 4: `x` is text here"), "{told}");
    // A file of the audited repository is none of it.
    std::fs::remove_file(folder.join("keymap.toml")).unwrap();
    repo.put(".probity/keymap.toml", "[findings]\n\"q\" = false\n");
    assert!(repo.probity(&["keys"]).expect(0).out.contains("app.close"));
}
