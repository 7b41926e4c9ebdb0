//! The forms in which evaluation, fairness and red-team tools write their results, told by content.

use std::borrow::Borrow;

use serde::de::IgnoredAny;

use super::{Node, Value, yaml};
use crate::model::Span;

/// Who writes it, and where it is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// `{binary_classification_metrics: {recall: {value, standard_deviation}}}`:
    /// <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html>
    SagemakerQuality,
    /// `{post_training_bias_metrics: {facets: {Gender: [{value_or_threshold, metrics}]}}}`:
    /// <https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-analysis-results.html>
    Clarify,
    /// `{results: {task: {"acc,none": 0.5}}, versions, config}`: <https://github.com/EleutherAI/lm-evaluation-harness>
    LmEvaluation,
    /// `{entry_type: eval, probe, detector, passed, total}`, one to a line: <https://reference.garak.ai/>
    Garak,
    /// `{evalId, results: {stats: {successes, failures}}}`: <https://www.promptfoo.dev/docs/configuration/outputs/>
    Promptfoo,
    /// `{info: {run_id}, data: {metrics: [{key, value}]}}`: <https://mlflow.org/docs/latest/rest-api.html>
    MlflowRun,
    /// A list of `{dataset: {id, task_id}, value}`, `.eval_results/*.yaml`:
    /// <https://huggingface.co/docs/hub/eval-results>
    HubResults,
    /// `{metrics: {...}, by_group: {...}, model, dataset}`, as fairlearn's `MetricFrame` is written out:
    /// <https://fairlearn.org/main/api_reference/generated/fairlearn.metrics.MetricFrame.html>
    Metrics,
}

/// Names that say by themselves that a report is about fairness.
const DISPARITIES: [&str; 7] = [
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "equal_opportunity_difference",
    "statistical_parity_difference",
    "disparate_impact",
];

impl ReportForm {
    pub fn of(documents: &[impl Borrow<Node>]) -> Option<ReportForm> {
        let first: &Node = documents.first()?.borrow();
        let has = |key: &str| first.get(key).is_some();
        let map = |key: &str| first.get(key).filter(|node| !node.entries().is_empty());
        let either = |keys: &[&str]| keys.iter().any(|key| map(key).is_some());
        if is_hub_results(first) {
            return Some(ReportForm::HubResults);
        }
        if either(&[
            "binary_classification_metrics",
            "multiclass_classification_metrics",
            "regression_metrics",
        ]) {
            return Some(ReportForm::SagemakerQuality);
        }
        if either(&["pre_training_bias_metrics", "post_training_bias_metrics"])
            || (has("version") && map("explanations").is_some_and(|e| e.get("kernel_shap").is_some()))
        {
            return Some(ReportForm::Clarify);
        }
        if documents.iter().any(|node| is_garak(node.borrow()))
            || first.get("evals").is_some_and(|e| e.items().iter().any(is_garak))
        {
            return Some(ReportForm::Garak);
        }
        if map("results").is_some_and(|results| results.get("stats").is_some()) {
            return Some(ReportForm::Promptfoo);
        }
        let tasks = map("results")
            .is_some_and(|results| results.entries().iter().all(|t| !t.node.entries().is_empty()));
        if tasks && (has("versions") || has("configs")) {
            return Some(ReportForm::LmEvaluation);
        }
        let run = |key: &str| first.get("info").is_some_and(|info| info.get(key).is_some());
        if (run("run_id") || run("run_uuid")) && first.get("data").is_some_and(|d| d.get("metrics").is_some())
        {
            return Some(ReportForm::MlflowRun);
        }
        let subject = ["model", "model_name", "model_id", "model_version", "run_id", "dataset", "thresholds"];
        let about = subject.iter().any(|key| has(key));
        let measured =
            first.get("metrics").is_some_and(holds_figures) || DISPARITIES.iter().any(|key| has(key));
        let grouped = map("by_group").is_some_and(holds_figures);
        (grouped || (about && measured)).then_some(ReportForm::Metrics)
    }
}

/// The evaluations of a garak report, which is JSON, one value to a line; and the first line that is
/// none. Attempts, prompts and answers are left out: they are no result.
pub fn lines(text: &str) -> (Vec<Node>, Option<(usize, String)>) {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        // What is JSON holds no alias that could expand.
        if let Err(error) = serde_json::from_str::<IgnoredAny>(line) {
            return (found, Some((at, format!("not JSON: {error}"))));
        }
        let (values, _) = yaml::parse(line);
        found.extend(values.into_iter().filter(is_garak).map(|node| shifted(node, at)));
    }
    (found, None)
}

fn shifted(mut node: Node, by: usize) -> Node {
    let move_span = |span: Span| Span::new(span.start + by, span.end + by);
    node.span = move_span(node.span);
    node.value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| shifted(item, by)).collect()),
        Value::Map(mut entries) => {
            for entry in &mut entries {
                entry.key_span = move_span(entry.key_span);
                let empty = Node::new(Value::Null, entry.node.span);
                entry.node = shifted(std::mem::replace(&mut entry.node, empty), by);
            }
            Value::Map(entries)
        }
        other => other,
    };
    node
}

fn is_hub_results(node: &Node) -> bool {
    let result = |item: &Node| {
        item.get("value").is_some() && item.get("dataset").is_some_and(|d| d.get("id").is_some())
    };
    !node.items().is_empty() && node.items().iter().all(result)
}

fn is_garak(node: &Node) -> bool {
    let eval = node.get("entry_type").is_none_or(|kind| kind.as_str() == Some("eval"));
    eval && ["probe", "detector", "passed"].iter().all(|key| node.get(key).is_some())
}

/// Is there a number, or a text that stands for one, some two levels down?
fn holds_figures(node: &Node) -> bool {
    fn figure(node: &Node, depth: usize) -> bool {
        match &node.value {
            Value::Number(_) => true,
            Value::String(text) => matches!(text.as_str(), "NaN" | "nan" | ".nan" | "Infinity" | "-Infinity"),
            Value::Map(entries) if depth > 0 => entries.iter().any(|entry| figure(&entry.node, depth - 1)),
            Value::List(items) if depth > 0 => items.iter().any(|item| figure(item, depth - 1)),
            _ => false,
        }
    }
    !matches!(node.value, Value::Number(_)) && figure(node, 3)
}

/// Front matter is a model card's when it says one of these.
/// <https://github.com/huggingface/hub-docs/blob/main/modelcard.md>
pub const CARD_KEYS: [&str; 16] = [
    "model_name",
    "model_id",
    "model-index",
    "base_model",
    "library_name",
    "pipeline_tag",
    "datasets",
    "metrics",
    "license",
    "license_name",
    "co2_eq_emissions",
    "new_version",
    "model_type",
    "model_details",
    "model_overview",
    "inference",
];

/// A model card written as data: the Model Card Toolkit's or SageMaker's.
/// <https://github.com/tensorflow/model-card-toolkit/tree/main/model_card_toolkit/schema>,
/// <https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-json-schema.html>
pub fn is_card(node: &Node) -> bool {
    let with = |key: &str, others: &[&str]| {
        node.get(key).is_some_and(|n| !n.entries().is_empty())
            && others.iter().any(|other| node.get(other).is_some())
    };
    with("model_details", &["model_parameters", "quantitative_analysis", "considerations"])
        || with(
            "model_overview",
            &["intended_uses", "training_details", "evaluation_details", "business_details"],
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Kind, SourceText, yaml};

    #[test]
    fn garak_lines_keep_their_places() {
        let eval = "{\"entry_type\": \"eval\", \"probe\": \"dan\", \"detector\": \"d\", \"passed\": 3, \"total\": 4}";
        let text = format!("{{\"entry_type\": \"attempt\"}}\n\n{eval}\n{{oops\n");
        let (found, wrong) = lines(&text);
        assert_eq!(found.len(), 1);
        let source = SourceText::new(text.as_str());
        assert_eq!(source.slice(found[0].get("probe").unwrap().span), "\"dan\"");
        assert_eq!(wrong.map(|(at, _)| source.position(at).line), Some(4));
    }

    #[test]
    fn forms_are_told_by_content() {
        for (text, form) in [
            ("binary_classification_metrics: {recall: {value: 0.5}}", Some(ReportForm::SagemakerQuality)),
            ("version: '1.0'\npost_training_bias_metrics: {label: y}", Some(ReportForm::Clarify)),
            ("results: {arc: {'acc,none': 0.5}}\nversions: {arc: 1}", Some(ReportForm::LmEvaluation)),
            ("evals: [{probe: p, detector: d, passed: 1, total: 2}]", Some(ReportForm::Garak)),
            ("results: {stats: {successes: 1}}", Some(ReportForm::Promptfoo)),
            ("info: {run_id: a}\ndata: {metrics: []}", Some(ReportForm::MlflowRun)),
            ("- dataset: {id: a/b}\n  value: 1", Some(ReportForm::HubResults)),
            ("by_group: {sex: {f: 0.1}}", Some(ReportForm::Metrics)),
            ("model: m\nmetrics: {auc: NaN}", Some(ReportForm::Metrics)),
            ("model: m\ndisparate_impact: 0.7", Some(ReportForm::Metrics)),
            ("metrics: {auc: 0.8}", None),
            ("model: m\nmetrics: [precision, recall]", None),
            ("results: [1]", None),
        ] {
            let (documents, _) = yaml::parse(text);
            assert_eq!(ReportForm::of(&documents), form, "{text}");
            assert_eq!(Kind::Yaml.refine(&documents) == Kind::EvaluationReport, form.is_some(), "{text}");
        }
        let manifest = yaml::parse("apiVersion: v1\nkind: M\nmodel: m\nmetrics: {a: 1}").0;
        assert_eq!(Kind::Yaml.refine(&manifest), Kind::Kubernetes);
        for (text, kind) in [
            ("license: mit", Kind::ModelCard),
            ("license: mit\ntask_categories: [x]", Kind::DatasetCard),
            ("page_type: sample", Kind::Yaml),
            ("license: mit\nsdk: gradio", Kind::Yaml),
        ] {
            assert_eq!(Kind::ModelCard.refine(&yaml::parse(text).0), kind, "{text}");
        }
        let card = yaml::parse("model_details: {name: m}\nconsiderations: {}").0;
        assert_eq!(Kind::Json.refine(&card), Kind::ModelCard);
    }
}
