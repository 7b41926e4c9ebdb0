//! Embeds every file of `policies/` and of the demo's overlays (name and text), and as JSON what the YAML files of
//! `policies/` and the annotations of its policies hold, so that the one binary needs nothing beside it.

#![allow(clippy::expect_used, clippy::panic)] // a build script may stop the build

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    embed(&root, "policies", &root, "policies.rs");
    data(&root.join("policies"), &root);
    embed(&root, "src/cli/demo/overlays", &root.join("src/cli/demo/overlays"), "demo.rs");
    println!("cargo:rustc-env=PROBITY_SOURCES={:016x}", sources(&root));
}

/// A number that is another one for other sources or dependencies: what one build found out, another does not believe.
fn sources(root: &Path) -> u64 {
    let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=Cargo.lock");
    collect(&root.join("src"), &mut files);
    collect(&root.join("policies"), &mut files);
    files.sort();
    // FNV-1a: it tells builds apart and keeps nobody out.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let name = file.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        for byte in name.into_bytes().into_iter().chain(std::fs::read(&file).unwrap_or_default()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// Lists all files below `folder`, named relative to `base`, in a generated file `list`.
fn embed(root: &Path, folder: &str, base: &Path, list: &str) {
    println!("cargo:rerun-if-changed={folder}");
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    let mut code = String::from("pub static FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(base).expect("below the base").to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string()).expect("a string");
    }
    code.push_str("];\n");
    write(list, &code);
}

/// The YAML files below `folder`, and the annotations of Rego files, as JSON, which each start of the program reads in a
/// tenth of the time.
fn data(folder: &Path, base: &Path) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut code = String::from("pub static DATA: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(base).expect("below the base").to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&file).expect("a file of text");
        let is_rego = file.extension().is_some_and(|end| end == "rego");
        let yaml = if is_rego { annotations(&text) } else { Some(text) };
        let Some(yaml) = yaml else { continue };
        let value: serde_json::Value =
            serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{name}: {error}"));
        writeln!(code, "    ({name:?}, {:?}),", value.to_string()).expect("a string");
    }
    code.push_str("];\n");
    write("data.rs", &code);
}

/// The package's annotations, where a file begins with them, as ours do.
fn annotations(rego: &str) -> Option<String> {
    let lines = rego.strip_prefix("# METADATA\n")?.lines().take_while(|line| line.starts_with('#'));
    let lines = lines.map(|line| line.strip_prefix("# ").unwrap_or_else(|| line.trim_start_matches('#')));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn write(list: &str, code: &str) {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join(list), code).expect("write the list of files");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder to embed") {
        let path = entry.expect("a folder that can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
