//! Reports with a form of their own: Clarify's, language-model harnesses', red-team tools'.

use serde_json::{Number, Value as Json, json};

use super::{Reader, figure, key, scalar};
use crate::source::{Entry, Node, Step, Value};

impl Reader {
    pub(super) fn clarify(&mut self, root: &Node) {
        for family in ["pre_training_bias_metrics", "post_training_bias_metrics"] {
            let facets = root.get(family).and_then(|part| part.get("facets"));
            for facet in facets.map(Node::entries).unwrap_or_default() {
                for (index, value) in facet.node.items().iter().enumerate() {
                    let of = value.get("value_or_threshold").and_then(scalar).unwrap_or_default();
                    let group = format!("{}={of}", facet.key);
                    for (number, metric) in
                        value.get("metrics").map(Node::items).unwrap_or_default().iter().enumerate()
                    {
                        let name = metric.get("name").and_then(Node::as_str).unwrap_or("");
                        let Some(figure) = metric.get("value").and_then(figure) else { continue };
                        let at = [
                            key(family),
                            key("facets"),
                            key(&facet.key),
                            Step::Index(index),
                            key("metrics"),
                            Step::Index(number),
                            key("value"),
                        ];
                        self.push(name, figure, &at, |m| {
                            m.family = Some(family.to_owned());
                            m.group = Some(group.clone());
                        });
                    }
                }
            }
        }
    }

    pub(super) fn lm_evaluation(&mut self, root: &Node) {
        let config = root.get("config");
        let arguments = config.and_then(|c| c.get("model_args")).and_then(|args| match &args.value {
            Value::String(text) => text.split(',').find_map(|arg| arg.strip_prefix("pretrained=")),
            _ => args.get("pretrained").and_then(Node::as_str),
        });
        let model = arguments.or_else(|| config?.get("model")?.as_str()).map(str::to_owned);
        self.common.model = self.common.model.take().or(model);
        for task in root.get("results").map(Node::entries).unwrap_or_default() {
            for Entry { key: name, node, .. } in task.node.entries() {
                let (short, filter) = name.split_once(',').unwrap_or((name, ""));
                let Some(value) = figure(node).filter(|_| name != "alias") else { continue };
                let better =
                    root.get("higher_is_better").and_then(|b| b.get(&task.key)?.get(short)?.as_bool());
                self.push(short, value, &[key("results"), key(&task.key), key(name)], |m| {
                    m.dataset = Some(task.key.clone());
                    m.family =
                        Some(filter.to_owned()).filter(|filter| !filter.is_empty() && filter != "none");
                    m.direction = better.map(|higher| if higher { "higher" } else { "lower" }.to_owned());
                });
            }
        }
    }

    /// How many attempts a probe's detector let pass as harmless.
    pub(super) fn garak(&mut self, eval: &Node, at: &[Step]) {
        let number = |name: &str| match &eval.get(name)?.value {
            Value::Number(number) => number.as_f64(),
            _ => None,
        };
        let Some(passed) = number("passed") else { return };
        let total = number("total_evaluated").or_else(|| number("total")).unwrap_or(0.0);
        // No attempt at all is no success.
        let rate = Number::from_f64(passed / total).map_or(json!("NaN"), Json::Number);
        let text = |name: &str| eval.get(name).and_then(Node::as_str).map(str::to_owned);
        let at: Vec<Step> = at.iter().cloned().chain([key("passed")]).collect();
        self.push("pass_rate", rate, &at, |metric| {
            metric.dataset = text("probe");
            metric.family = text("detector");
            metric.direction = Some("higher".to_owned());
        });
    }

    pub(super) fn promptfoo(&mut self, root: &Node) {
        let Some(results) = root.get("results") else { return };
        for Entry { key: name, node, .. } in results.get("stats").map(Node::entries).unwrap_or_default() {
            if let Some(value) = figure(node) {
                self.push(name, value, &[key("results"), key("stats"), key(name)], |_| {});
            }
        }
        for (index, prompt) in results.get("prompts").map(Node::items).unwrap_or_default().iter().enumerate()
        {
            let provider = prompt.get("provider").and_then(Node::as_str).map(str::to_owned);
            for Entry { key: name, node, .. } in prompt.get("metrics").map(Node::entries).unwrap_or_default()
            {
                let Some(value) = figure(node) else { continue };
                let at = [key("results"), key("prompts"), Step::Index(index), key("metrics"), key(name)];
                self.push(name, value, &at, |metric| metric.model.clone_from(&provider));
            }
        }
    }
}
