//! The inventory as a machine-learning bill of materials: CycloneDX 1.6, JSON.
//!
//! <https://cyclonedx.org/docs/1.6/json/>. Models are `machine-learning-model` components with their
//! cards, datasets `data`, images `container`, packages with a known version `library`; endpoints,
//! agents and gateways are services. Same inputs, same bytes: the serial number is made of the
//! content, and the time is that of the audited commit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::audit::{Contents, Dataset, Image, Metric, Model, Package, Service};
use crate::model::Digest;

/// The longest version that the format takes.
const MAX_VERSION: usize = 1024;

const ROOT: &str = "repository";

/// SPDX ids of the licences that the Hub writes in lower case; others keep their text as a name.
const LICENSES: [(&str, &str); 21] = [
    ("afl-3.0", "AFL-3.0"),
    ("agpl-3.0", "AGPL-3.0"),
    ("apache-2.0", "Apache-2.0"),
    ("artistic-2.0", "Artistic-2.0"),
    ("bsd-2-clause", "BSD-2-Clause"),
    ("bsd-3-clause", "BSD-3-Clause"),
    ("bsl-1.0", "BSL-1.0"),
    ("cc-by-4.0", "CC-BY-4.0"),
    ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
    ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"),
    ("cc-by-sa-3.0", "CC-BY-SA-3.0"),
    ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
    ("cc0-1.0", "CC0-1.0"),
    ("epl-2.0", "EPL-2.0"),
    ("gpl-3.0", "GPL-3.0"),
    ("isc", "ISC"),
    ("lgpl-3.0", "LGPL-3.0"),
    ("mit", "MIT"),
    ("mpl-2.0", "MPL-2.0"),
    ("odc-by", "ODC-By-1.0"),
    ("unlicense", "Unlicense"),
];

/// The bill of materials with a final line feed.
pub fn cyclonedx(contents: &Contents) -> String {
    let mut parts = Parts::default();
    for dataset in &contents.datasets {
        parts.component(&dataset_ref(&dataset.id), data(dataset), &[]);
    }
    for model in &contents.models {
        let needs: Vec<String> = model
            .datasets
            .iter()
            .map(|id| dataset_ref(id))
            .chain(model.based_on.iter().map(|id| model_ref(id)))
            .collect();
        parts.component(&model_ref(&model.id), machine_learning_model(model), &needs);
    }
    for (reference, uses) in grouped(&contents.images, |image| Some(image.reference.clone())) {
        if uses.iter().all(|image| image.is_pinned() && image.digest.is_none()) {
            continue; // `scratch`, and stages that are built here.
        }
        parts.component(&format!("image:{reference}"), container(&uses), &[]);
    }
    let versioned = |package: &Package| Some(format!("{}@{}", package.name, package.version.as_ref()?));
    for (id, uses) in grouped(&contents.packages, versioned) {
        parts.component(&format!("package:{id}"), library(&uses), &[]);
    }
    let mut services = Vec::new();
    for item in &contents.services {
        let reference = format!("service:{}", item.subject);
        let needs: Vec<String> = item.models.iter().map(|id| model_ref(id)).collect();
        parts.depends(&reference, &needs);
        services.push(with_ref(service(item), &reference));
    }
    let dependencies = parts.dependencies();
    let mut bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata(contents),
        "components": parts.components,
        "services": services,
        "dependencies": dependencies,
    });
    let serial = serial_number(&bom);
    if let Some(map) = bom.as_object_mut() {
        map.insert("serialNumber".to_owned(), Json::String(serial));
    }
    let mut text = serde_json::to_string_pretty(&bom).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Default)]
struct Parts {
    components: Vec<Json>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Parts {
    fn component(&mut self, reference: &str, component: Json, needs: &[String]) {
        self.components.push(with_ref(component, reference));
        self.depends(reference, needs);
    }

    fn depends(&mut self, reference: &str, needs: &[String]) {
        self.needs.entry(reference.to_owned()).or_default().extend(needs.iter().cloned());
    }

    /// The repository holds everything; only what exists is depended on.
    fn dependencies(&self) -> Vec<Json> {
        let root = json!({"ref": ROOT, "dependsOn": self.needs.keys().collect::<Vec<_>>()});
        let others = self.needs.iter().map(|(reference, needs)| {
            let needs: Vec<&String> = needs.iter().filter(|need| self.needs.contains_key(*need)).collect();
            json!({"ref": reference, "dependsOn": needs})
        });
        std::iter::once(root).chain(others).collect()
    }
}

fn with_ref(mut item: Json, reference: &str) -> Json {
    if let Some(map) = item.as_object_mut() {
        map.insert("bom-ref".to_owned(), json!(reference));
    }
    item
}

fn model_ref(id: &str) -> String {
    format!("model:{id}")
}

fn dataset_ref(id: &str) -> String {
    format!("dataset:{id}")
}

/// Members without a value are left out: the format knows no null.
fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    let kept = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Json::Object(kept.collect::<Map<_, _>>())
}

fn text(value: Option<&String>) -> Option<Json> {
    value.filter(|text| !text.is_empty()).map(|text| json!(text))
}

fn list(items: Vec<Json>) -> Option<Json> {
    if items.is_empty() { None } else { Some(Json::Array(items)) }
}

fn property(name: &str, value: &str) -> Json {
    json!({"name": format!("probity:{name}"), "value": value})
}

fn properties<'a>(items: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Json> {
    list(items.map(|(name, value)| property(name, value)).collect())
}

fn license(license: Option<&String>) -> Option<Json> {
    let license = license.filter(|license| !license.is_empty())?;
    let lower = license.to_ascii_lowercase();
    let spdx = LICENSES.iter().find(|(name, _)| *name == lower).map(|(_, id)| *id);
    Some(json!([{"license": spdx.map_or_else(|| json!({"name": license}), |id| json!({"id": id}))}]))
}

fn version(version: Option<&String>) -> Option<Json> {
    let fits = version.filter(|version| !version.is_empty() && version.chars().count() <= MAX_VERSION);
    fits.map(|version| json!(version))
}

fn metadata(contents: &Contents) -> Json {
    let unknown = contents.packages.iter().filter(|package| package.version.is_none()).count();
    let stray =
        contents.metrics.len() - contents.models.iter().map(|model| model.metrics.len()).sum::<usize>();
    let counts = [
        ("packages-without-version", unknown),
        ("metrics-without-model", stray),
        ("files-unparsed", contents.files.unparsed_files),
        ("files-read-in-part", contents.files.read_in_part.values().sum()),
        ("files-not-rendered", contents.files.not_rendered_files),
    ];
    let counts: Vec<(&str, String)> =
        counts.into_iter().map(|(name, count)| (name, count.to_string())).collect();
    let revision = contents.repository.revision.as_ref().or(contents.repository.head.as_ref());
    let dirty = if contents.repository.dirty { "true" } else { "false" };
    let component = object([
        ("type", Some(json!("application"))),
        ("bom-ref", Some(json!(ROOT))),
        ("name", Some(json!(if contents.repository.root == "." { ROOT } else { &contents.repository.root }))),
        ("version", version(revision)),
        (
            "properties",
            properties(counts.iter().map(|(name, count)| (*name, count.as_str())).chain([("dirty", dirty)])),
        ),
    ]);
    let tool =
        json!({"type": "application", "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
    object([
        ("timestamp", text(contents.date.as_ref())),
        ("tools", Some(json!({"components": [tool]}))),
        ("component", Some(component)),
    ])
}

fn machine_learning_model(model: &Model) -> Json {
    let named = model.named_by.iter().map(|subject| ("subject", subject.as_str()));
    let more = model.paths.iter().map(|path| ("path", path.as_str()));
    let uris = model.uris.iter().map(|uri| ("uri", uri.as_str()));
    let hub = model.provider.as_deref() == Some("huggingface");
    let purl = hub.then(|| {
        let version = model.version.as_ref().map(|v| format!("@{}", encoded(v))).unwrap_or_default();
        let segments: Vec<String> = model.name.split('/').map(encoded).collect();
        json!(format!("pkg:huggingface/{}{version}", segments.join("/")))
    });
    object([
        ("type", Some(json!("machine-learning-model"))),
        ("name", Some(json!(model.name))),
        ("version", version(model.version.as_ref())),
        ("publisher", text(model.provider.as_ref())),
        ("licenses", license(model.license.as_ref())),
        ("purl", purl),
        ("modelCard", model_card(model)),
        ("properties", properties(more.chain(named).chain(uris))),
    ])
}

/// Only where something is known beyond the name.
fn model_card(model: &Model) -> Option<Json> {
    let datasets = model.datasets.iter().map(|id| json!({"ref": dataset_ref(id)})).collect();
    let parameters = object([
        ("task", text(model.task.as_ref())),
        ("architectureFamily", text(model.framework.as_ref())),
        ("datasets", list(datasets)),
    ]);
    let analysis = list(model.metrics.iter().map(performance).collect());
    let said = &model.considerations;
    let texts = |items: &[String]| list(items.iter().map(|item| json!(item)).collect());
    let risks = said.ethical.iter().map(|name| json!({"name": name})).collect();
    let emissions = said.emissions.iter().map(|grams| property("co2_eq_emissions", grams)).collect();
    let considerations = object([
        ("users", texts(&said.users)),
        ("useCases", texts(&said.use_cases)),
        ("technicalLimitations", texts(&said.limitations)),
        ("performanceTradeoffs", texts(&said.tradeoffs)),
        ("ethicalConsiderations", list(risks)),
        ("environmentalConsiderations", list(emissions).map(|items| json!({"properties": items}))),
    ]);
    let filled = |part: Json| Some(part).filter(|part| part.as_object().is_some_and(|map| !map.is_empty()));
    let card = object([
        ("modelParameters", filled(parameters)),
        ("quantitativeAnalysis", analysis.map(|metrics| json!({"performanceMetrics": metrics}))),
        ("considerations", filled(considerations)),
        ("properties", properties(model.card.iter().map(|card| ("card", card.as_str())))),
    ]);
    filled(card)
}

fn performance(metric: &Metric) -> Json {
    let value = metric.value.as_str().map_or_else(|| metric.value.to_string(), str::to_owned);
    let slice: Vec<String> =
        [("dataset", &metric.dataset), ("group", &metric.group), ("family", &metric.family)]
            .into_iter()
            .filter_map(|(name, part)| Some(format!("{name}: {}", part.as_ref()?)))
            .collect();
    object([
        ("type", Some(json!(metric.name))),
        ("value", Some(json!(value))),
        ("slice", text(Some(&slice.join(", ")))),
    ])
}

fn data(dataset: &Dataset) -> Json {
    let inner = object([
        ("type", Some(json!("dataset"))),
        ("name", Some(json!(dataset.name))),
        ("classification", text(dataset.sensitivity.as_ref())),
        ("description", text(dataset.description.as_ref())),
    ]);
    let named = dataset.named_by.iter().map(|subject| ("subject", subject.as_str()));
    object([
        ("type", Some(json!("data"))),
        ("name", Some(json!(dataset.name))),
        ("licenses", license(dataset.license.as_ref())),
        ("data", Some(json!([inner]))),
        ("properties", properties(dataset.paths.iter().map(|path| ("path", path.as_str())).chain(named))),
    ])
}

fn grouped<T>(items: &[T], key: impl Fn(&T) -> Option<String>) -> BTreeMap<String, Vec<&T>> {
    let mut groups: BTreeMap<String, Vec<&T>> = BTreeMap::new();
    for item in items {
        if let Some(key) = key(item) {
            groups.entry(key).or_default().push(item);
        }
    }
    groups
}

fn container(uses: &[&Image]) -> Json {
    let Some(image) = uses.first() else { return json!({}) };
    let name = image.repository.rsplit('/').next().unwrap_or(&image.repository);
    let tag = image.tag.as_ref().map(|tag| format!("&tag={}", encoded(tag))).unwrap_or_default();
    // Only a digest says which image it is.
    let purl = image.digest.as_ref().filter(|_| image.resolved).map(|digest| {
        let name = encoded(&name.to_lowercase());
        json!(format!(
            "pkg:oci/{name}@{}?repository_url={}{tag}",
            encoded(digest),
            encoded(&image.repository)
        ))
    });
    let digest = image.digest.as_ref().and_then(|digest| digest.strip_prefix("sha256:"));
    let hex = digest.filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let subjects: BTreeSet<(&str, &str)> = uses
        .iter()
        .flat_map(|image| {
            [
                ("path", image.path.as_str()),
                ("subject", image.subject.as_str()),
                ("used", image.used.as_str()),
            ]
        })
        .collect();
    object([
        ("type", Some(json!("container"))),
        ("name", Some(json!(image.repository))),
        ("version", version(image.digest.as_ref().or(image.tag.as_ref()))),
        ("hashes", hex.map(|hex| json!([{"alg": "SHA-256", "content": hex.to_ascii_lowercase()}]))),
        ("purl", purl),
        ("properties", properties(subjects.into_iter())),
    ])
}

fn library(uses: &[&Package]) -> Json {
    let Some(package) = uses.first() else { return json!({}) };
    let indexed = uses.iter().all(|package| package.url.is_none());
    let version_text = package.version.as_deref().unwrap_or("");
    let purl =
        indexed.then(|| json!(format!("pkg:pypi/{}@{}", encoded(&package.name), encoded(version_text))));
    let paths: BTreeSet<(&str, &str)> = uses.iter().map(|package| ("path", package.path.as_str())).collect();
    let locked = if uses.iter().any(|package| package.locked) { "true" } else { "false" };
    object([
        ("type", Some(json!("library"))),
        ("name", Some(json!(package.name))),
        ("version", version(package.version.as_ref())),
        ("purl", purl),
        ("properties", properties(paths.into_iter().chain([("locked", locked)]))),
    ])
}

fn service(service: &Service) -> Json {
    let facts = [("path", service.path.as_str()), ("subject", &service.subject), ("kind", &service.kind)];
    object([
        ("provider", Some(json!({"name": service.provider}))),
        ("name", Some(json!(service.name))),
        ("properties", properties(facts.into_iter())),
    ])
}

/// Percent-encoding for one part of a package URL.
fn encoded(part: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A UUID of version 8 (RFC 9562: of the maker's own design), made of the content.
fn serial_number(bom: &Json) -> String {
    let hex = Digest::of(bom.to_string().as_bytes()).hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or("");
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}
