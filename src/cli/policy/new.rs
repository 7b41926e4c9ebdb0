//! `probity policy new`: a policy and its test, ready to be changed.
//!
//! The example works as it is: it has a violation, a case that passes and one that does not apply, and its tests
//! hold them. So an author changes something that runs.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::args::NewOptions;
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::model::Scope;
use crate::text::SafeText;

pub(super) fn run(options: &NewOptions) -> Result<(String, u8), Failure> {
    let name = Name::parse(&options.id)?;
    let scope = super::scope(&options.scope)?;
    let folder = options.dir.join(&name.area);
    let policy = folder.join(format!("{}.rego", name.file));
    let test = folder.join(format!("{}_test.rego", name.file));
    for path in [&policy, &test] {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::Usage(format!("{} exists; nothing was written", path.display())));
        }
    }
    let (policy_text, test_text) = template(scope);
    let describe = |path: &Path, error: &std::io::Error| {
        Failure::Usage(format!("cannot write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(&folder).map_err(|error| describe(&folder, &error))?;
    for (path, text) in [(&policy, policy_text), (&test, test_text)] {
        // A file that appears in between is not overwritten either.
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(name.fill(text).as_bytes()))
            .map_err(|error| describe(path, &error))?;
    }
    let shown = |path: &PathBuf| SafeText::new(&path.display().to_string());
    let out = format!(
        "{}\n{}\nprobity policy test {} runs its tests\n",
        shown(&policy),
        shown(&test),
        shown(&options.dir)
    );
    Ok((out, exit::CLEAN))
}

/// What an id makes of itself: `ACME-NET-001`.
struct Name {
    id: String,
    /// `net`
    area: String,
    /// `acme_net_001`
    file: String,
    /// `acme.net_001`
    package: String,
}

impl Name {
    fn parse(id: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::Usage(format!(
                "`{}` is no policy id: three parts as in ACME-NET-001, capital letters and a number of three digits",
                SafeText::new(id)
            ))
        };
        let [owner, area, number] = id.split('-').collect::<Vec<_>>()[..] else { return Err(wrong()) };
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase());
        if !word(owner) || !word(area) || number.len() != 3 || !number.chars().all(|c| c.is_ascii_digit()) {
            return Err(wrong());
        }
        let (owner, area) = (owner.to_lowercase(), area.to_lowercase());
        let package_owner = if owner == "pb" { "probity" } else { owner.as_str() };
        Ok(Self {
            id: id.to_owned(),
            package: format!("{package_owner}.{area}_{number}"),
            file: format!("{owner}_{area}_{number}"),
            area,
        })
    }

    fn fill(&self, template: &str) -> String {
        let module = self.package.rsplit('.').next().unwrap_or_default();
        template
            .replace("{{ID}}", &self.id)
            .replace("{{PACKAGE}}", &self.package)
            .replace("{{MODULE}}", module)
    }
}

fn template(scope: Scope) -> (&'static str, &'static str) {
    match scope {
        Scope::Resource => {
            (include_str!("templates/resource.rego"), include_str!("templates/resource_test.rego"))
        }
        Scope::Document => {
            (include_str!("templates/document.rego"), include_str!("templates/document_test.rego"))
        }
        Scope::Module => (include_str!("templates/module.rego"), include_str!("templates/module_test.rego")),
        Scope::Repository => {
            (include_str!("templates/repository.rego"), include_str!("templates/repository_test.rego"))
        }
    }
}
