//! `probity policy show`: everything that is known of one policy.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::args::{DocumentFormat, ShowOptions};
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::policy::{Bundle, Page};
use crate::text::SafeText;

pub(super) fn run(options: &ShowOptions) -> Result<(String, u8), Failure> {
    let bundle = Bundle::load(&options.policies, &crate::cli::isolation()?).map_err(Failure::Usage)?;
    let id = &options.id;
    let policy = bundle.policies.iter().find(|policy| policy.info.id.eq_ignore_ascii_case(id));
    let policy = policy
        .ok_or_else(|| Failure::Usage(format!("no policy `{id}`; `probity policy list` lists them")))?;
    let page = Page::of(policy);
    let text = match options.format {
        DocumentFormat::Text => text(&page, policy),
        DocumentFormat::Markdown => page.markdown(),
        DocumentFormat::Json => {
            let info = &policy.info;
            let controls: Vec<_> = page
                .controls()
                .into_iter()
                .map(|(control, title)| json!({"control": control, "title": title}))
                .collect();
            let value = json!({"schema": "probity.policy/v1", "id": info.id.as_ref(), "title": info.title,
                "severity": info.severity, "version": info.version, "scopes": info.scopes,
                "selects": policy.selects, "what": page.what(), "why": page.why(), "fix": page.fix(),
                "not_flagged": page.not_flagged(), "cases": page.cases(), "controls": controls,
                "aliases": page.aliases(), "related": info.related, "waivable": info.waivable,
                "file": info.file, "digest": info.digest.to_string(), "source": &*policy.text});
            format!("{value:#}\n")
        }
    };
    Ok((text, exit::CLEAN))
}

fn text(page: &Page<'_>, policy: &crate::policy::Policy) -> String {
    let info = &policy.info;
    let mut out = format!("{}  {}\n", SafeText::new(&info.id), SafeText::prose(&info.title));
    let mut section = |name: &str, lines: &[String]| {
        if lines.iter().any(|line| !line.is_empty()) {
            let _ = writeln!(out, "\n{name}");
            for line in lines.iter().flat_map(|line| SafeText::lines(line)) {
                let _ = writeln!(out, "  {line}");
            }
        }
    };
    let waivable = if info.waivable { "" } else { ", cannot be waived" };
    section("Severity", &[format!("{}, version {}{waivable}", info.severity, info.version)]);
    section("What", &[page.what()]);
    section("Why", &[page.why()]);
    section("How to fix", &[page.fix()]);
    section("Not flagged", &page.not_flagged());
    let controls = page.controls().into_iter().map(|(control, title)| format!("{control:<28} {title}"));
    section("Controls", &controls.collect::<Vec<_>>());
    let parameters = page.parameters().into_iter().map(|(name, default)| format!("{name}:\n{default}"));
    section("Parameters", &parameters.collect::<Vec<_>>());
    section("Inputs", &[page.inputs()]);
    section("Elsewhere", &[page.aliases().join(", ")]);
    section("See also", &info.related);
    section("Tested cases", &page.cases());
    section("Digest", &[info.digest.to_string()]);
    section(&format!("Source: {}", SafeText::new(&info.file)), &[policy.text.replace('\t', "    ")]);
    out
}
