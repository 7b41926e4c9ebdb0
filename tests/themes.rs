//! `probity theme`, and whose settings count.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use support::Repo;

fn write(repo: &Repo, file: &str, text: &str) {
    let path = repo.outside().join("home/config/probity").join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn the_users_own_come_first_and_are_marked() {
    let repo = Repo::new();
    let list = |repo: &Repo| repo.probity(&["theme", "list"]).expect(0).out;
    let built_in = list(&repo);
    assert_eq!(built_in.lines().count(), 8, "{built_in}");
    assert!(built_in.contains("* mono") || built_in.contains("* terminal"), "{built_in}");
    write(&repo, "themes/mine.toml", "name = \"mine\"\nappearance = \"dark\"\ninherits = \"dark\"\n");
    write(&repo, "themes/broken.toml", "name = \"broken\"\nappearance = \"dark\"\nroles = 1\n");
    let own = list(&repo);
    let mut lines = own.lines();
    assert!(lines.next().unwrap().contains("broken") && own.contains("line 3"), "{own}");
    assert!(lines.next().unwrap().contains("mine                   yours     for dark backgrounds"), "{own}");
    let shown = repo.probity(&["theme", "show", "mine"]).expect(0).out;
    assert!(shown.contains("severity.critical    The quick brown fox   7.1:1"), "{shown}");
    // What a repository brings along is no setting.
    repo.write("themes/evil.toml", "name = \"evil\"\nappearance = \"dark\"\n");
    repo.write(".probity/themes/evil.toml", "name = \"evil\"\nappearance = \"dark\"\n");
    assert!(repo.probity(&["theme", "show", "evil"]).expect(2).err.contains("no theme `evil`"));
}

#[test]
fn a_mistake_in_the_settings_is_told_with_its_line() {
    let repo = Repo::new();
    write(&repo, "config.toml", "\ntheem = \"dark\"\n");
    let error = repo.probity(&["theme", "list"]).expect(2).err;
    assert!(error.contains("config.toml: line 2: unknown field `theem`"), "{error}");
}

#[test]
fn a_theme_that_cannot_be_read_is_found() {
    let repo = Repo::new();
    let check = |text: &str| {
        repo.write("theme.toml", text);
        repo.probity(&["theme", "check", "theme.toml"])
    };
    let head = "name = \"x\"\nappearance = \"dark\"\ninherits = \"dark\"\n[roles]\n";
    let pale = check(&format!("{head}\"severity.high\" = {{ fg = \"#202833\" }}\n")).expect(1).out;
    assert!(pale.contains("severity.high: contrast 1."), "{pale}");
    let alike = check(&format!("{head}\"severity.high\" = {{ fg = \"#e3c77c\" }}\n")).expect(0).out;
    assert!(alike.contains("severity.high and severity.medium look alike (usual sight)"), "{alike}");
    let error = check(&format!("{head}\"severity.hihg\" = {{}}\n")).expect(2).err;
    assert!(error.contains("line 5") && error.contains("did you mean `severity.high`?"), "{error}");
    let good = check("name = \"x\"\nappearance = \"dark\"\ninherits = \"colorblind-dark\"\n").expect(0).out;
    assert!(good.contains("all eyes tell the severities apart"), "{good}");
}
