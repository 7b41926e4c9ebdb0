//! Figures in model cards.

use super::{Reader, figure, key, scalar};
use crate::source::{Node, Step};

impl Reader {
    /// Hugging Face's `model-index`, the Model Card Toolkit's and SageMaker's parts with figures.
    pub(super) fn card(&mut self, root: &Node) {
        for (index, model) in root.get("model-index").map(Node::items).unwrap_or_default().iter().enumerate()
        {
            let name = model.get("name").and_then(Node::as_str).map(str::to_owned);
            for (number, result) in
                model.get("results").map(Node::items).unwrap_or_default().iter().enumerate()
            {
                let dataset = result.get("dataset").and_then(|d| d.get("name").or_else(|| d.get("type")));
                let dataset = dataset.and_then(Node::as_str).map(str::to_owned);
                let before = self.found.len();
                let at = [
                    key("model-index"),
                    Step::Index(index),
                    key("results"),
                    Step::Index(number),
                    key("metrics"),
                ];
                for (place, metric) in
                    result.get("metrics").map(Node::items).unwrap_or_default().iter().enumerate()
                {
                    let at: Vec<Step> =
                        at.iter().cloned().chain([Step::Index(place), key("value")]).collect();
                    let kind = metric
                        .get("type")
                        .or_else(|| metric.get("name"))
                        .and_then(Node::as_str)
                        .unwrap_or("");
                    if let Some(value) = metric.get("value").and_then(figure) {
                        self.push(kind, value, &at, |_| {});
                    }
                }
                for metric in self.found.iter_mut().skip(before) {
                    metric.dataset.clone_from(&dataset);
                    metric.model.clone_from(&name);
                }
            }
        }
        let details = root.get("model_details").or_else(|| root.get("model_overview"));
        if let Some(details) = details {
            let name = details.get("name").or_else(|| details.get("model_name"));
            self.common.model = name.and_then(Node::as_str).map(str::to_owned);
            let version = details.get("version").or_else(|| details.get("model_version"));
            self.common.model_version =
                version.and_then(|v| v.get("name").and_then(scalar).or_else(|| scalar(v)));
        }
        if let Some(metrics) =
            root.get("quantitative_analysis").and_then(|part| part.get("performance_metrics"))
        {
            self.figures(metrics, "", &[key("quantitative_analysis"), key("performance_metrics")]);
        }
        for (index, detail) in
            root.get("evaluation_details").map(Node::items).unwrap_or_default().iter().enumerate()
        {
            for (number, group) in
                detail.get("metric_groups").map(Node::items).unwrap_or_default().iter().enumerate()
            {
                let at = [
                    key("evaluation_details"),
                    Step::Index(index),
                    key("metric_groups"),
                    Step::Index(number),
                ];
                let at: Vec<Step> = at.into_iter().chain([key("metric_data")]).collect();
                if let Some(data) = group.get("metric_data") {
                    self.figures(data, "", &at);
                }
            }
        }
    }
}
