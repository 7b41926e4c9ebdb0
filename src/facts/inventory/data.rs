//! Datasets: of dataset cards, Croissant files and pipelines. Model cards add theirs by name.

use super::{Inventory, scalar_at, text_at};
use crate::facts::Facts;
use crate::model::path::folder;
use crate::source::{Kind, Node};

impl Inventory {
    pub(super) fn take_datasets(&mut self, facts: &Facts) {
        for fact in facts.documents.iter() {
            let value = &fact.value;
            let name = match fact.kind {
                Kind::DatasetCard => {
                    let own =
                        ["pretty_name", "name", "dataset_name"].iter().find_map(|key| text_at(value, &[key]));
                    own.unwrap_or_else(|| folder(&fact.path).rsplit('/').next().unwrap_or(""))
                }
                Kind::Croissant => text_at(value, &["name"]).unwrap_or(fact.path.as_str()),
                _ => continue,
            };
            let name = if name.is_empty() { fact.path.as_str() } else { name };
            let dataset = self.dataset(name, &fact.subject, &fact.path);
            let license =
                value.get("license").map(Node::strings).unwrap_or_default().first().map(|l| (*l).to_owned());
            dataset.license = dataset.license.take().or(license);
            dataset.description = dataset.description.take().or_else(|| scalar_at(value, &["description"]));
            dataset.sensitivity = dataset.sensitivity.take().or_else(|| {
                let stated = value.get("rai:personalSensitiveInformation")?.strings().join("; ");
                Some(stated).filter(|text| !text.is_empty())
            });
            dataset.card.get_or_insert_with(|| fact.subject.clone());
        }
        for pipeline in facts.pipelines.iter() {
            for step in pipeline.nodes.values().filter(|step| step.kind == "dataset") {
                let dataset = self.dataset(&step.name, &step.subject, &step.path);
                dataset.sensitivity = dataset.sensitivity.take().or_else(|| step.sensitivity.clone());
            }
        }
    }
}
