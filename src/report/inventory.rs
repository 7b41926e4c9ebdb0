//! The inventory for people, 80 columns wide and safe to print.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::audit::{Contents, Image, Model, ResourceLine, SystemLine};
use crate::model::Unread;
use crate::text::{SafeText, elide_middle, elide_path, wrap};

const WIDTH: usize = 80;
/// Lines of one list; the rest is counted, and the JSON form holds all.
const MAX_LINES: usize = 40;
/// Kinds in one sentence.
const MAX_KINDS: usize = 16;

/// The whole inventory.
pub fn inventory(contents: &Contents) -> String {
    let mut page = Page::default();
    page.title(contents);
    page.list("AI systems", &contents.systems, Page::system);
    let (ai, others): (Vec<&ResourceLine>, Vec<&ResourceLine>) =
        contents.resources.iter().partition(|line| line.ai);
    page.ai(&ai);
    page.others(&others);
    page.list("Pipelines", &contents.pipelines, |page, line| {
        page.path(&line.path, line.format);
        let opaque = if line.opaque == 0 { String::new() } else { format!("; {} opaque", line.opaque) };
        page.note(&format!("{}{opaque}", counts(&line.steps)));
    });
    page.list("Models", &contents.models, Page::model);
    page.list("Services", &contents.services, |page, line| {
        page.row(&line.name, &line.kind);
        let models: Vec<&str> = line.models.iter().map(String::as_str).collect();
        page.note(&if models.is_empty() {
            "model not known here".to_owned()
        } else {
            format!("runs {}", models.join(", "))
        });
    });
    page.list("Datasets", &contents.datasets, |page, line| {
        page.row(&line.name, line.sensitivity.as_deref().unwrap_or("sensitivity unknown"));
    });
    page.images(&contents.images);
    page.packages(contents);
    page.documents(contents);
    page.joins(contents);
    page.files(contents);
    page.out
}

#[derive(Default)]
struct Page {
    out: String,
}

fn safe(text: &str) -> SafeText {
    SafeText::prose(text)
}

/// `transform 3, train 1`
fn counts<K: AsRef<str> + Ord>(counts: &BTreeMap<K, usize>) -> String {
    ranked(counts).join(", ")
}

/// The same, shorter: `.py 30, .sh 4 and 7 other kinds`.
fn most<K: AsRef<str> + Ord>(counts: &BTreeMap<K, usize>) -> String {
    let ranked = ranked(counts);
    match ranked.split_at_checked(MAX_KINDS) {
        Some((first, others)) if others.len() > 1 => {
            format!("{} and {} other kinds", first.join(", "), others.len())
        }
        _ => ranked.join(", "),
    }
}

fn ranked<K: AsRef<str> + Ord>(counts: &BTreeMap<K, usize>) -> Vec<String> {
    let mut parts: Vec<(&str, usize)> = counts.iter().map(|(name, count)| (name.as_ref(), *count)).collect();
    parts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    parts.iter().map(|(name, count)| format!("{name} {count}")).collect()
}

/// `1 file`, `2 files`
fn of(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

impl Page {
    fn title(&mut self, contents: &Contents) {
        let repository = &contents.repository;
        let commit = repository.revision.as_ref().or(repository.head.as_ref());
        let at = commit.and_then(|id| id.get(..10)).unwrap_or("no commit yet");
        let what = match (&repository.revision, repository.dirty) {
            (Some(_), _) => format!("at {at}"),
            (None, true) => format!("in the work tree, which differs from {at}"),
            (None, false) => format!("in the work tree, at {at}"),
        };
        let whole = if repository.root == "." { "the repository" } else { &repository.root };
        self.line(0, &format!("What is in {whole}, {what}"));
    }

    /// A line of prose, broken at spaces.
    fn line(&mut self, indent: usize, text: &str) {
        for (number, line) in wrap(&safe(text), WIDTH - indent - 2).iter().enumerate() {
            // What goes on is set in a little.
            let indent = if number == 0 { indent } else { indent + 2 };
            let _ = writeln!(self.out, "{}{line}", " ".repeat(indent));
        }
    }

    fn note(&mut self, text: &str) {
        self.line(4, text);
    }

    fn heading(&mut self, title: &str) {
        let _ = writeln!(self.out, "\n{title}");
    }

    /// A name, and what is said of it.
    fn row(&mut self, name: &str, said: &str) {
        let name = elide_middle(&safe(name), 44);
        let gap = " ".repeat(46_usize.saturating_sub(name.width()));
        let said = elide_middle(&safe(said), WIDTH - 48);
        let _ = writeln!(self.out, "{}", format!("  {name}{gap}{said}").trim_end());
    }

    fn path(&mut self, path: &str, said: &str) {
        self.columns(&elide_path(&SafeText::new(path), 56), said);
    }

    fn columns(&mut self, path: &SafeText, said: &str) {
        let gap = " ".repeat(58_usize.saturating_sub(path.width()));
        let _ = writeln!(self.out, "  {path}{gap}{}", elide_middle(&safe(said), WIDTH - 60));
    }

    fn list<T>(&mut self, title: &str, items: &[T], show: impl Fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.heading(&format!("{title}: {}", items.len()));
        for item in items.iter().take(MAX_LINES) {
            show(self, item);
        }
        self.more(items.len());
    }

    fn more(&mut self, total: usize) {
        if total > MAX_LINES {
            self.line(2, &format!("and {} more; --format json lists all", total - MAX_LINES));
        }
    }

    fn system(&mut self, line: &SystemLine) {
        if !line.declared {
            self.row(&line.id, "not declared");
            self.note(&format!("{} named by their ai-system tag", of(line.resources, "resource")));
            return;
        }
        let id = if line.id.is_empty() { "(no id)" } else { &line.id };
        let class = line.risk_class.as_deref().unwrap_or("risk class not declared");
        let point =
            line.annex_iii_point.as_ref().map(|point| format!(", Annex III {point}")).unwrap_or_default();
        self.row(id, &format!("{class}{point}"));
        let owner = line.owner.as_deref().unwrap_or("nobody named");
        let persons = match line.affects_persons {
            Some(true) => "affects persons",
            Some(false) => "does not affect persons",
            None => "whether it affects persons is not declared",
        };
        self.note(&format!("owner: {owner}; {persons}"));
        self.note(&format!(
            "{}, {}, {}",
            of(line.resources, "resource"),
            of(line.pipelines, "pipeline"),
            of(line.documents, "document")
        ));
    }

    fn ai(&mut self, lines: &[&ResourceLine]) {
        if lines.is_empty() {
            return;
        }
        let total: usize = lines.iter().map(|line| line.count).sum();
        self.heading(&format!("AI resources: {total}"));
        for line in lines.iter().take(MAX_LINES) {
            self.row(&line.kind, &format!("{:>5}  {}", line.count, line.provider));
        }
        self.more(lines.len());
    }

    /// Other resources are no AI: a line for each provider is enough.
    fn others(&mut self, lines: &[&ResourceLine]) {
        if lines.is_empty() {
            return;
        }
        let mut providers: BTreeMap<(&str, &str), BTreeMap<&str, usize>> = BTreeMap::new();
        for line in lines {
            *providers.entry((line.system, &line.provider)).or_default().entry(&line.kind).or_default() +=
                line.count;
        }
        let total: usize = lines.iter().map(|line| line.count).sum();
        self.heading(&format!("Other resources: {total}"));
        for ((system, provider), kinds) in &providers {
            self.row(&format!("{system}, {provider}"), &format!("{:>5}", kinds.values().sum::<usize>()));
            self.note(&most(kinds));
        }
    }

    fn model(&mut self, model: &Model) {
        let version = model.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let whose = model.provider.as_deref().or(model.framework.as_deref()).unwrap_or("");
        self.row(&format!("{}{version}", model.name), whose);
        let mut said = vec![if model.card.is_some() { "has a card" } else { "no card" }.to_owned()];
        said.extend(model.task.clone());
        if !model.metrics.is_empty() {
            said.push(of(model.metrics.len(), "figure"));
        }
        if !model.datasets.is_empty() {
            said.push(of(model.datasets.len(), "dataset"));
        }
        if !model.based_on.is_empty() {
            let bases: Vec<&str> = model.based_on.iter().map(String::as_str).collect();
            said.push(format!("based on {}", bases.join(", ")));
        }
        said.push(format!("named in {}", of(model.paths.len(), "file")));
        self.note(&said.join("; "));
    }

    fn images(&mut self, images: &[Image]) {
        let mut named: BTreeMap<&str, (&Image, usize)> = BTreeMap::new();
        let built_here = |image: &Image| image.stage.as_ref().is_some_and(|stage| stage.from.is_some());
        for image in images.iter().filter(|image| !built_here(image)) {
            named.entry(&image.reference).or_insert((image, 0)).1 += 1;
        }
        let named: Vec<(&Image, usize)> = named.into_values().collect();
        self.list("Images", &named, |page, (image, uses)| {
            let pinned = match (image.resolved, image.is_pinned()) {
                (false, _) => "not known here",
                (true, true) => "pinned by digest",
                (true, false) => "not pinned",
            };
            // All of it counts, from the registry on: no folder of it may be left out.
            page.columns(&elide_middle(&SafeText::new(&image.reference), 56), pinned);
            if *uses > 1 {
                page.note(&format!("used {uses} times"));
            }
        });
    }

    fn packages(&mut self, contents: &Contents) {
        if contents.packages.is_empty() {
            return;
        }
        self.heading(&format!("Python packages: {}", contents.packages.len()));
        let mut files: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        for package in &contents.packages {
            let counts = files.entry(&package.path).or_default();
            counts.0 += 1;
            counts.1 += usize::from(package.version.is_some());
            counts.2 += usize::from(package.hashed);
        }
        for (path, (all, versioned, hashed)) in files.iter().take(MAX_LINES) {
            self.path(path, &all.to_string());
            self.note(&format!("{versioned} with one version, {hashed} with a hash"));
        }
        self.more(files.len());
    }

    fn documents(&mut self, contents: &Contents) {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for document in &contents.documents {
            *kinds.entry(document.kind).or_default() += 1;
        }
        if !kinds.is_empty() {
            self.heading(&format!("Documents: {}", contents.documents.len()));
            self.line(2, &counts(&kinds));
            let unowned = contents.documents.iter().filter(|document| document.owners.is_empty()).count();
            self.line(2, &format!("{unowned} without an owner in CODEOWNERS"));
            if !contents.metrics.is_empty() {
                self.line(2, &of(contents.metrics.len(), "figure"));
            }
        }
    }

    fn joins(&mut self, contents: &Contents) {
        let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
        for join in &contents.joins {
            *roles.entry(join.role).or_default() += join.joined.len();
        }
        if !roles.is_empty() {
            self.heading(&format!("Joins: {}", roles.values().sum::<usize>()));
            self.line(2, &counts(&roles));
        }
    }

    fn files(&mut self, contents: &Contents) {
        let files = &contents.files;
        self.heading(&format!("Files: {}", files.total));
        let sum = |counts: &BTreeMap<&'static str, usize>| counts.values().sum::<usize>();
        let ignored: usize = files.ignored.values().sum();
        let lines = [
            (sum(&files.read), "read", counts(&files.read)),
            (sum(&files.read_in_part), "read in part", counts(&files.read_in_part)),
            (files.unparsed_files, "NOT READ", String::new()),
            (files.not_rendered_files, "templates, not rendered", String::new()),
            (
                sum(&files.without_content),
                "of a known kind, with nothing that is judged",
                counts(&files.without_content),
            ),
            (files.records, "signed records and their like in .probity", String::new()),
            (files.links.len(), "not followed: symbolic links", String::new()),
            (files.submodules.len(), "not read: submodules", String::new()),
            (ignored, "of no kind that Probity reads", most(&files.ignored)),
        ];
        for (count, what, detail) in lines.into_iter().filter(|(count, ..)| *count > 0) {
            self.line(2, &format!("{count:>6} {what}"));
            if !detail.is_empty() {
                self.line(9, &detail);
            }
        }
        self.unread("Not read", &files.unparsed, usize::MAX);
        self.unread("Not rendered, or not in this repository", &files.not_rendered, MAX_LINES);
        self.out.push('\n');
        let verdict = if contents.incomplete() { "INCOMPLETE: " } else { "" };
        self.line(0, &format!(
            "{verdict}{} of a known kind = {} read + {} in part + {} not read + {} not rendered + {} empty",
            files.recognised(),
            sum(&files.read),
            sum(&files.read_in_part),
            files.unparsed_files,
            files.not_rendered_files,
            sum(&files.without_content),
        ));
    }

    /// By reason: one mistake is often made in many files.
    fn unread(&mut self, title: &str, entries: &[Unread], most: usize) {
        if entries.is_empty() {
            return;
        }
        self.heading(&format!("{title}: {}", entries.len()));
        let mut reasons: BTreeMap<&str, Vec<&Unread>> = BTreeMap::new();
        for entry in entries {
            reasons.entry(&entry.reason).or_default().push(entry);
        }
        let others = reasons.len().saturating_sub(most);
        for (reason, entries) in reasons.into_iter().take(most) {
            self.line(2, reason);
            for entry in entries.iter().take(most) {
                let line = entry.line.map(|line| format!(":{line}")).unwrap_or_default();
                let place = elide_path(&SafeText::new(&format!("{}{line}", entry.path)), WIDTH - 4);
                let _ = writeln!(self.out, "    {place}");
            }
            if entries.len() > most {
                self.more(entries.len());
            }
        }
        if others > 0 {
            self.line(2, &format!("and {others} more reasons; --format json lists all"));
        }
    }
}
