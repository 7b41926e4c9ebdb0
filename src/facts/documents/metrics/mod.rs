//! Figures of evaluation reports and model cards, in one form whoever wrote them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

mod cards;
mod tools;

use super::{DocumentFact, key};
use crate::source::{Entry, Kind, Node, ReportForm, Step, Value, steps_json};

/// Figures that one document may give; real reports have some hundreds.
pub const MAX_METRICS: usize = 20_000;

/// One figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metric {
    pub name: String,
    /// A number; or a text where none can be written: `NaN`, also for a figure that is null.
    pub value: Json,
    /// The part of a report that it stands in: `post_training_bias_metrics`.
    pub family: Option<String>,
    pub dataset: Option<String>,
    /// `sex=female`; `None` is everybody.
    pub group: Option<String>,
    pub threshold: Option<Json>,
    /// `higher` or `lower` is better, where the report says so.
    pub direction: Option<String>,
    pub model: Option<String>,
    pub model_version: Option<String>,
    /// The document's subject and file, and the way from its value to the figure.
    pub subject: String,
    pub path: String,
    pub at: Vec<Step>,
}

impl Metric {
    /// As policies see it.
    pub fn to_json(&self) -> Json {
        json!({
            "name": self.name,
            "value": self.value,
            "family": self.family,
            "dataset": self.dataset,
            "group": self.group,
            "threshold": self.threshold,
            "direction": self.direction,
            "model": {"name": self.model, "version": self.model_version},
            "subject": self.subject,
            "path": self.path,
            "at": steps_json(&self.at),
        })
    }
}

/// The figures of a document, and whether they are all.
pub fn of(fact: &DocumentFact) -> (Vec<Metric>, bool) {
    let root = &*fact.value;
    let mut reader = Reader { common: common(fact), found: Vec::new(), complete: true };
    match (fact.kind, ReportForm::of(std::slice::from_ref(root))) {
        (Kind::ModelCard, _) => reader.card(root),
        (Kind::EvaluationReport, Some(form)) => reader.report(root, form),
        // Named by dvc.yaml: the whole file is figures.
        (Kind::EvaluationReport, None) => reader.figures(root, "", &[]),
        _ => {}
    }
    (reader.found, reader.complete)
}

/// What holds for every figure of a report: whose they are.
fn common(fact: &DocumentFact) -> Metric {
    let root = &*fact.value;
    let named = |name: &str| {
        let node = root.get(name)?;
        let inner = || ["name", "id"].iter().find_map(|key| node.get(key).and_then(Node::as_str));
        node.as_str().or_else(inner).map(str::to_owned)
    };
    let version = root.get("model_version").or_else(|| root.get("model")?.get("version"));
    Metric {
        dataset: named("dataset"),
        model: ["model", "model_name", "model_id"].iter().find_map(|key| named(key)),
        model_version: version.and_then(scalar),
        subject: fact.subject.clone(),
        path: fact.path.clone(),
        ..Metric::default()
    }
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A figure, or a text that stands for one.
fn figure(node: &Node) -> Option<Json> {
    match &node.value {
        Value::Number(number) => Some(Json::Number(number.clone())),
        Value::Null => Some(json!("NaN")),
        Value::String(text) => match text.trim_start_matches('.').to_ascii_lowercase().as_str() {
            "nan" => Some(json!("NaN")),
            "inf" | "infinity" | "+inf" => Some(json!("Infinity")),
            "-inf" | "-infinity" | "-.inf" => Some(json!("-Infinity")),
            _ => text.parse::<f64>().ok().map(|_| json!(text)),
        },
        _ => None,
    }
}

fn direction(node: &Node) -> Option<String> {
    let better = |higher: bool| if higher { "higher" } else { "lower" }.to_owned();
    let flag = |name: &str| node.get(name).and_then(Node::as_bool).map(better);
    let text = node.get("direction").and_then(Node::as_str).map(str::to_owned);
    text.or_else(|| flag("higher_is_better")).or_else(|| flag("greater_is_better"))
}

/// A threshold, plain or as `{max: 0.1}`.
fn threshold(node: &Node) -> Option<Json> {
    let inner = || ["threshold", "max", "min"].iter().find_map(|name| node.get(name).and_then(figure));
    figure(node).or_else(inner)
}

struct Reader {
    common: Metric,
    found: Vec<Metric>,
    complete: bool,
}

impl Reader {
    fn push(&mut self, name: &str, value: Json, at: &[Step], more: impl FnOnce(&mut Metric)) {
        if self.found.len() == MAX_METRICS {
            self.complete = false;
            return;
        }
        let mut metric = Metric { name: name.to_owned(), value, at: at.to_vec(), ..self.common.clone() };
        more(&mut metric);
        self.found.push(metric);
    }

    fn report(&mut self, root: &Node, form: ReportForm) {
        match form {
            ReportForm::SagemakerQuality => {
                for Entry { key: family, node, .. } in root.entries() {
                    let before = self.found.len();
                    self.figures(node, "", &[key(family)]);
                    self.found
                        .iter_mut()
                        .skip(before)
                        .for_each(|metric| metric.family = Some(family.clone()));
                }
            }
            ReportForm::Clarify => self.clarify(root),
            ReportForm::LmEvaluation => self.lm_evaluation(root),
            ReportForm::Garak => match root.get("evals") {
                Some(evals) => {
                    for (index, eval) in evals.items().iter().enumerate() {
                        self.garak(eval, &[key("evals"), Step::Index(index)]);
                    }
                }
                None => self.garak(root, &[]),
            },
            ReportForm::Promptfoo => self.promptfoo(root),
            ReportForm::MlflowRun => {
                if let Some(metrics) = root.get("data").and_then(|data| data.get("metrics")) {
                    self.figures(metrics, "", &[key("data"), key("metrics")]);
                }
            }
            ReportForm::HubResults => {
                for (index, item) in root.items().iter().enumerate() {
                    let text =
                        |name: &str| item.get("dataset").and_then(|d| d.get(name)).and_then(Node::as_str);
                    let name = text("task_id").unwrap_or("value").to_owned();
                    let dataset = text("id").map(str::to_owned);
                    let Some(value) = item.get("value").and_then(figure) else { continue };
                    self.push(&name, value, &[Step::Index(index), key("value")], |m| m.dataset = dataset);
                }
            }
            ReportForm::Metrics => self.grouped(root),
        }
    }

    /// Maps and lists of figures, however they are nested; names are joined with dots.
    fn figures(&mut self, node: &Node, name: &str, at: &[Step]) {
        let joined = |inner: &str| if name.is_empty() { inner.to_owned() } else { format!("{name}.{inner}") };
        let below = |step: Step| at.iter().cloned().chain([step]).collect::<Vec<_>>();
        match &node.value {
            Value::Map(entries) => {
                let own =
                    ["name", "key", "type", "metric"].iter().find_map(|k| node.get(k).and_then(Node::as_str));
                if let Some(value) =
                    node.get("value").and_then(figure).filter(|_| !name.is_empty() || own.is_some())
                {
                    let name = own.map_or_else(|| name.to_owned(), joined);
                    let text = |name: &str| node.get(name).and_then(scalar);
                    self.push(&name, value, &below(key("value")), |metric| {
                        metric.threshold = node.get("threshold").and_then(threshold);
                        metric.direction = direction(node);
                        metric.group = text("group").or_else(|| text("slice"));
                        metric.dataset = text("dataset").or(metric.dataset.take());
                    });
                    return;
                }
                for entry in entries {
                    self.figures(&entry.node, &joined(&entry.key), &below(key(&entry.key)));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    // Items that name themselves need no number.
                    let named = matches!(item.value, Value::Map(_));
                    let name = if named { name.to_owned() } else { joined(&index.to_string()) };
                    self.figures(item, &name, &below(Step::Index(index)));
                }
            }
            _ if name.is_empty() => {}
            _ => {
                if let Some(value) = figure(node) {
                    self.push(name, value, at, |_| {});
                }
            }
        }
    }

    fn grouped(&mut self, root: &Node) {
        let start = self.found.len();
        for part in ["metrics", "overall"] {
            if let Some(node) = root.get(part) {
                self.figures(node, "", &[key(part)]);
            }
        }
        for Entry { key: name, node, .. } in root.entries() {
            let beside = ["value", "threshold", "version", "schema_version", "model_version", "seed"];
            if let Some(value) =
                figure(node).filter(|_| node.as_str().is_none() && !beside.contains(&name.as_str()))
            {
                self.push(name, value, &[key(name)], |_| {});
            }
        }
        for part in ["difference", "ratio", "disparity"] {
            let before = self.found.len();
            if let Some(node) = root.get(part) {
                self.figures(node, "", &[key(part)]);
            }
            self.found
                .iter_mut()
                .skip(before)
                .for_each(|metric| metric.name = format!("{}_{part}", metric.name));
        }
        if let Some(groups) = root.get("by_group") {
            let known: BTreeSet<String> =
                self.found.iter().skip(start).map(|metric| metric.name.clone()).collect();
            self.groups(groups, &known, &mut vec![key("by_group")]);
        }
        let limits = root.get("thresholds").map(Node::entries).unwrap_or_default();
        for metric in self.found.iter_mut().skip(start) {
            let limit = limits.iter().find(|limit| limit.key == metric.name);
            metric.threshold = metric.threshold.take().or_else(|| threshold(&limit?.node));
        }
    }

    /// `metric, group`, as fairlearn writes it, or `group, metric` where the metric is known by name;
    /// a feature may stand before the group.
    fn groups(&mut self, node: &Node, known: &BTreeSet<String>, at: &mut Vec<Step>) {
        for Entry { key: name, node, .. } in node.entries() {
            at.push(key(name));
            if node.entries().is_empty() {
                if let Some(value) = figure(node) {
                    let mut names: Vec<&str> = at
                        .iter()
                        .skip(1)
                        .filter_map(|step| match step {
                            Step::Key(name) => Some(name.as_str()),
                            Step::Index(_) => None,
                        })
                        .collect();
                    let three = names.len() > 2;
                    let of = names.iter().position(|name| known.contains(*name));
                    let metric = names.remove(of.unwrap_or(if three { names.len() - 1 } else { 0 }));
                    let (metric, group) = (metric.to_owned(), names.join("="));
                    let (metric, group) =
                        if group.is_empty() { ("value".to_owned(), metric) } else { (metric, group) };
                    self.push(&metric, value, at, |m| m.group = Some(group));
                }
            } else {
                self.groups(node, known, at);
            }
            at.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::documents::tests::documents;

    /// `name=value` with what is known beside it.
    fn brief(path: &str, text: &str) -> Vec<String> {
        let found = documents(&[(path, text)]);
        for metric in &found.metrics {
            let fact = found.facts.iter().find(|fact| fact.subject == metric.subject).unwrap();
            let located = fact.value.locate(&metric.at).unwrap();
            assert_eq!(located.depth, metric.at.len(), "every figure leads back to its place: {metric:?}");
        }
        let part =
            |mark: &str, text: Option<&String>| text.map(|text| format!(" {mark}{text}")).unwrap_or_default();
        let metrics = found.metrics.iter().map(|m| {
            let threshold = m.threshold.as_ref().map(ToString::to_string);
            let model = m
                .model
                .as_ref()
                .map(|model| format!("{model}@{}", m.model_version.as_deref().unwrap_or("?")));
            [
                format!("{}={}", m.name, m.value),
                part("in ", m.family.as_ref()),
                part("on ", m.dataset.as_ref()),
                part("for ", m.group.as_ref()),
                part("limit ", threshold.as_ref()),
                part("better ", m.direction.as_ref()),
                part("of ", model.as_ref()),
            ]
            .concat()
        });
        metrics.collect()
    }

    #[test]
    fn sagemaker() {
        let quality = "{binary_classification_metrics: {confusion_matrix: {'0': {'0': 9}}, recall: {value: 0.5, standard_deviation: 0.1}, f2: {value: NaN}}}";
        assert_eq!(
            brief("evaluation.json", quality),
            [
                "confusion_matrix.0.0=9 in binary_classification_metrics",
                "f2=\"NaN\" in binary_classification_metrics",
                "recall=0.5 in binary_classification_metrics",
            ]
        );
        let clarify = "{version: '1.0', post_training_bias_metrics: {label: y, facets: {Gender: [{value_or_threshold: '0', metrics: [{name: DPPL, description: d, value: 0.2}, {name: DI, value: null}]}]}}}";
        assert_eq!(
            brief("analysis.json", clarify),
            [
                "DPPL=0.2 in post_training_bias_metrics for Gender=0",
                "DI=\"NaN\" in post_training_bias_metrics for Gender=0",
            ]
        );
        let card = "{model_overview: {model_name: m, model_version: 3}, evaluation_details: [{name: e, metric_groups: [{name: g, metric_data: [{name: auc, type: number, value: 0.9}]}]}]}";
        assert_eq!(brief("content.json", card), ["auc=0.9 of m@3"]);
    }

    #[test]
    fn language_models() {
        let harness = "{results: {arc: {alias: arc, 'acc,none': 0.5, 'acc_stderr,none': N/A}}, versions: {arc: 1}, higher_is_better: {arc: {acc: true}}, config: {model: hf, model_args: 'pretrained=org/m,dtype=x'}}";
        assert_eq!(brief("results.json", harness), ["acc=0.5 on arc better higher of org/m@?"]);
        let promptfoo = "{evalId: e, results: {stats: {successes: 3, failures: 1, tokenUsage: {total: 5}}, prompts: [{provider: 'openai:x', metrics: {score: 3}}]}}";
        assert_eq!(brief("out.json", promptfoo), ["failures=1", "successes=3", "score=3 of openai:x@?"]);
        let garak = "{\"entry_type\": \"eval\", \"probe\": \"dan\", \"detector\": \"d\", \"passed\": 3, \"total\": 4}\n{\"entry_type\": \"eval\", \"probe\": \"x\", \"detector\": \"d\", \"passed\": 0, \"total\": 0}\n";
        assert_eq!(
            brief("r.report.jsonl", garak),
            ["pass_rate=0.75 in d on dan better higher", "pass_rate=\"NaN\" in d on x better higher"]
        );
    }

    #[test]
    fn fairness() {
        let fairlearn = "{model: {name: credit, version: '4'}, dataset: holdout, overall: {selection_rate: 0.3}, by_group: {selection_rate: {f: 0.2, m: NaN}}, difference: {selection_rate: 0.16}, thresholds: {selection_rate_difference: {max: 0.1}}}";
        assert_eq!(
            brief("fairness.json", fairlearn),
            [
                "selection_rate=0.3 on holdout of credit@4",
                "selection_rate_difference=0.16 on holdout limit 0.1 of credit@4",
                "selection_rate=0.2 on holdout for f of credit@4",
                "selection_rate=\"NaN\" on holdout for m of credit@4",
            ]
        );
        let other = "{model_name: c, demographic_parity_difference: 0.2, metrics: {tpr: {value: 0.9, threshold: 0.8, direction: higher}}, by_group: {sex: {f: {tpr: 0.7}}}}";
        assert_eq!(
            brief("fair.json", other),
            [
                "tpr=0.9 limit 0.8 better higher of c@?",
                "demographic_parity_difference=0.2 of c@?",
                "tpr=0.7 for sex=f of c@?"
            ]
        );
    }

    #[test]
    fn hubs_and_runs() {
        let card = "---\nmodel-index:\n- name: m\n  results:\n  - dataset: {name: IMDb, type: imdb}\n    metrics:\n    - {type: accuracy, value: 0.9}\n    - {type: f1, value: .nan}\n---\n";
        assert_eq!(brief("README.md", card), ["accuracy=0.9 on IMDb of m@?", "f1=\"NaN\" on IMDb of m@?"]);
        let hub = "- dataset: {id: cais/hle, task_id: default}\n  value: 20.9\n";
        assert_eq!(brief(".eval_results/hle.yaml", hub), ["default=20.9 on cais/hle"]);
        let run = "{info: {run_id: r}, data: {metrics: [{key: rmse, value: 0.78, step: 0}], params: []}}";
        assert_eq!(brief("run.json", run), ["rmse=0.78"]);
        let toolkit = "{model_details: {name: t, version: {name: v2}}, quantitative_analysis: {performance_metrics: [{type: auc, value: '0.8', slice: old}]}}";
        assert_eq!(brief("card.json", toolkit), ["auc=\"0.8\" for old of t@v2"]);
    }

    #[test]
    fn the_number_of_figures_is_limited_and_said() {
        let figures = vec!["1"; MAX_METRICS + 1].join(", ");
        let found = documents(&[("r.yaml", &format!("model: m\nmetrics: {{all: [{figures}]}}\n"))]);
        assert_eq!(found.metrics.len(), MAX_METRICS);
        assert_eq!(found.unread.len(), 1);
    }
}
