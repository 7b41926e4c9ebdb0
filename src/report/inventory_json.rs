//! `probity.inventory/v1`: the inventory for machines. Fields are only ever added within a version.

use serde_json::{Value as Json, json};

use crate::audit::{Contents, Image, Metric, Package};

pub const INVENTORY_SCHEMA: &str = "probity.inventory/v1";

/// The inventory as JSON with a final line feed.
pub fn inventory_json(contents: &Contents) -> String {
    let files = &contents.files;
    let models: Vec<Json> = contents
        .models
        .iter()
        .map(|model| {
            let mut json = json!(model);
            if let Some(map) = json.as_object_mut() {
                let metrics = model.metrics.iter().map(Metric::to_json).collect();
                map.insert("metrics".to_owned(), Json::Array(metrics));
            }
            json
        })
        .collect();
    let root = json!({
        "schema": INVENTORY_SCHEMA,
        "tool": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "repository": {
            "root": contents.repository.root,
            "head": contents.repository.head,
            "revision": contents.repository.revision,
            "dirty": contents.repository.dirty,
        },
        "summary": {
            "files": files.total,
            "recognised": files.recognised(),
            "read": files.read.values().sum::<usize>(),
            "read_in_part": files.read_in_part.values().sum::<usize>(),
            "not_rendered": files.not_rendered_files,
            "unparsed": files.unparsed_files,
            "without_content": files.without_content.values().sum::<usize>(),
            "ignored": files.ignored.values().sum::<usize>(),
            "records": files.records,
            "links": files.links.len(),
            "submodules": files.submodules.len(),
        },
        "systems": contents.systems,
        "resources": contents.resources,
        "pipelines": contents.pipelines,
        "documents": contents.documents,
        "models": models,
        "services": contents.services,
        "datasets": contents.datasets,
        "metrics": contents.metrics.iter().map(Metric::to_json).collect::<Vec<_>>(),
        "images": contents.images.iter().map(Image::to_json).collect::<Vec<_>>(),
        "packages": contents.packages.iter().map(Package::to_json).collect::<Vec<_>>(),
        "joins": contents.joins,
        "files": files,
    });
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}
