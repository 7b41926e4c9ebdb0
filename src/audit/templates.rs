//! `waivers:` of `.probity/config.yaml`: what a repository suggests and requires of a waiver before it is signed.
//!
//! Suggestions only: whether a signed record counts is the trust data's decision alone. What cannot be used is
//! reported with its line, and the rest counts.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::{Audit, Error};
use crate::model::{Unread, nearest};
use crate::policy::CONFIG;
use crate::source::{Document, Kind, MAX_FILE_BYTES, Node, read};
use crate::waiver::{Detail, Template};

pub(super) const KEYS: [&str; 2] = ["required", "templates"];
pub(super) const FIELDS: [&str; 10] = [
    "reason",
    "type",
    "residual_risk",
    "days",
    "review_days",
    "ticket",
    "remediation",
    "compensating_controls",
    "risk_owner",
    "required",
];
/// More than anybody chooses from.
const MAX_TEMPLATES: usize = 100;
/// How many characters of a mistyped name are repeated.
const MAX_NAME: usize = 64;

/// The templates of a repository by their names. The one called `default` counts where none is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates {
    required: Vec<Detail>,
    named: BTreeMap<String, Template>,
}

impl Templates {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// What to suggest and to ask for.
    ///
    /// # Errors
    /// There is no template of that name.
    pub fn template(&self, name: Option<&str>) -> Result<Template, String> {
        let asked = name.unwrap_or("default");
        let mut template = match (self.named.get(asked), name) {
            (Some(template), _) => template.clone(),
            (None, None) => Template::default(),
            (None, Some(_)) => {
                let meant = nearest(asked, self.names()).map(|meant| format!("; did you mean `{meant}`?"));
                return Err(format!("no template `{asked}` in {CONFIG}{}", meant.unwrap_or_default()));
            }
        };
        template.required.extend(&self.required);
        Ok(template)
    }

    /// The templates among the documents of an audit, and what of them cannot be used.
    pub(super) fn of(documents: &[Arc<Document>]) -> (Self, Vec<Unread>) {
        documents
            .iter()
            .find(|document| document.path == CONFIG)
            .map(|found| parse(found))
            .unwrap_or_default()
    }
}

impl Audit {
    /// The templates of what is audited.
    ///
    /// # Errors
    /// The configuration cannot be read, or not all of it can be used.
    pub fn templates(&self) -> Result<Templates, Error> {
        let (_, files) = self.snapshot(&self.repository()?)?;
        let Some(file) = files.iter().find(|file| file.path == CONFIG) else {
            return Ok(Templates::default());
        };
        let bytes = self.repository()?.read(file, MAX_FILE_BYTES)?;
        let bytes = bytes.map_err(|size| Error::Folder(format!("{CONFIG} has {size} bytes")))?;
        let reading = read(CONFIG, Kind::Yaml, bytes, false);
        let (templates, mut unread) = reading.document.as_ref().map(parse).unwrap_or_default();
        unread.extend(reading.unparsed);
        match unread.first() {
            None => Ok(templates),
            Some(first) => {
                let line = first.line.map(|line| format!(":{line}")).unwrap_or_default();
                Err(Error::Folder(format!("{}{line}: {}", first.path, first.reason)))
            }
        }
    }
}

fn parse(document: &Document) -> (Templates, Vec<Unread>) {
    let mut reader = Reader { document, unread: Vec::new() };
    let mut found = Templates::default();
    for root in document.values.iter().filter_map(|root| root.get("waivers")) {
        if reader.keys(root, "waivers", &KEYS) {
            found.required = reader.details(root, "waivers.required");
            for entry in
                root.get("templates").map(Node::entries).unwrap_or_default().iter().take(MAX_TEMPLATES)
            {
                let place = format!("waivers.templates.{}", short(&entry.key));
                if reader.keys(&entry.node, &place, &FIELDS) {
                    let template = reader.template(&entry.node, &place);
                    found.named.insert(entry.key.clone(), template);
                }
            }
        }
    }
    (found, reader.unread)
}

/// Tells what it does not understand.
pub(super) struct Reader<'d> {
    pub document: &'d Document,
    pub unread: Vec<Unread>,
}

impl Reader<'_> {
    pub fn tell(&mut self, node: &Node, reason: String) {
        let line = Some(self.document.text.position(node.span.start).line);
        self.unread.push(Unread { path: self.document.path.clone(), line, reason });
    }

    /// Is it a mapping? Keys that mean nothing are told.
    pub fn keys(&mut self, node: &Node, place: &str, known: &[&str]) -> bool {
        if !node.to_json().is_object() {
            self.tell(node, format!("{place}: must be a mapping"));
            return false;
        }
        for entry in node.entries().iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let name = short(&entry.key);
            let meant =
                nearest(&name, known.iter().copied()).map(|meant| format!("; did you mean `{meant}`?"));
            self.tell(&entry.node, format!("{place}: `{name}` is unknown{}", meant.unwrap_or_default()));
        }
        true
    }

    fn template(&mut self, node: &Node, place: &str) -> Template {
        Template {
            reason: self.text(node, place, "reason"),
            decision: self.parsed(node, place, "type"),
            residual_risk: self.parsed(node, place, "residual_risk"),
            days: self.days(node, place, "days"),
            review_days: self.days(node, place, "review_days"),
            ticket: self.text(node, place, "ticket"),
            remediation: self.text(node, place, "remediation"),
            compensating_controls: self.texts(node, place, "compensating_controls"),
            risk_owner: self.text(node, place, "risk_owner"),
            required: self.details(node, &format!("{place}.required")),
        }
    }

    fn text(&mut self, node: &Node, place: &str, key: &str) -> Option<String> {
        let node = node.get(key)?;
        let text = node.as_str().map(str::to_owned);
        if text.is_none() {
            self.tell(node, format!("{place}.{key}: must be a text"));
        }
        text
    }

    fn parsed<T: FromStr<Err = String>>(&mut self, node: &Node, place: &str, key: &str) -> Option<T> {
        let text = self.text(node, place, key)?;
        match short(&text).parse() {
            Ok(parsed) => Some(parsed),
            Err(why) => {
                self.tell(node.get(key)?, format!("{place}.{key}: {why}"));
                None
            }
        }
    }

    fn days(&mut self, node: &Node, place: &str, key: &str) -> Option<u32> {
        let node = node.get(key)?;
        let days = node.to_json().as_u64().filter(|days| (1..=3650).contains(days));
        if days.is_none() {
            self.tell(node, format!("{place}.{key}: must be a number of days from 1 to 3650"));
        }
        days.and_then(|days| u32::try_from(days).ok())
    }

    fn texts(&mut self, node: &Node, place: &str, key: &str) -> Vec<String> {
        let Some(node) = node.get(key) else { return Vec::new() };
        let texts: Vec<String> = node.strings().into_iter().map(str::to_owned).collect();
        if texts.is_empty() || node.items().len() != texts.len() {
            self.tell(node, format!("{place}.{key}: must be a list of texts"));
        }
        texts
    }

    /// The fields that `required` names.
    fn details(&mut self, node: &Node, place: &str) -> Vec<Detail> {
        let Some(node) = node.get("required") else { return Vec::new() };
        let mut found = Vec::new();
        if node.items().is_empty() && !node.to_json().as_array().is_some_and(Vec::is_empty) {
            self.tell(node, format!("{place}: must be a list of fields"));
        }
        for item in node.items() {
            match item.as_str().map(short).unwrap_or_default().parse() {
                Ok(detail) => found.push(detail),
                Err(why) => self.tell(item, format!("{place}: {why}")),
            }
        }
        found
    }
}

fn short(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(text: &str) -> (Templates, Vec<String>) {
        let document = read(CONFIG, Kind::Yaml, text.into(), false).document.unwrap();
        let (templates, unread) = parse(&document);
        let told = unread.into_iter().map(|u| format!("{}: {}", u.line.unwrap_or_default(), u.reason));
        (templates, told.collect())
    }

    #[test]
    fn templates_suggest_and_require() {
        let (found, told) = templates(
            "waivers:\n  required: [ticket]\n  templates:\n    default: {days: 30}\n    noise:\n      type: false-positive\n      \
             residual_risk: low\n      reason: No risk.\n      compensating_controls: [A, B]\n      required: [remediation]\n",
        );
        assert_eq!(told, Vec::<String>::new());
        let noise = found.template(Some("noise")).unwrap();
        assert_eq!(noise.required, [Detail::Remediation, Detail::Ticket]);
        assert_eq!(noise.compensating_controls, ["A", "B"]);
        assert_eq!((noise.reason.as_deref(), noise.days), (Some("No risk."), None));
        let default = found.template(None).unwrap();
        assert_eq!((default.days, default.required.as_slice()), (Some(30), &[Detail::Ticket][..]));
        let why = found.template(Some("nois")).unwrap_err();
        assert_eq!(why, "no template `nois` in .probity/config.yaml; did you mean `noise`?");
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        let (found, told) = templates(
            "waivers:\n  requird: []\n  required: [tickets, 3]\n  templates:\n    a:\n      type: nothing\n      days: 0\n      \
             reason: [x]\n      compensating_controls: x\n      until: x\n    b: 3\n",
        );
        let expected = [
            "2: waivers: `requird` is unknown; did you mean `required`?",
            "3: waivers.required: `tickets` is no field that can be required; did you mean `ticket`?",
            "3: waivers.required: `` is no field that can be required",
            "10: waivers.templates.a: `until` is unknown",
            "8: waivers.templates.a.reason: must be a text",
            "6: waivers.templates.a.type: `nothing` is no decision",
            "7: waivers.templates.a.days: must be a number of days from 1 to 3650",
            "9: waivers.templates.a.compensating_controls: must be a list of texts",
            "11: waivers.templates.b: must be a mapping",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}, not {expected}");
        }
        assert_eq!(found.names().collect::<Vec<_>>(), ["a"]);
        assert!(templates("waivers: 3\n").1[0].contains("waivers: must be a mapping"));
    }
}
