package probity.fair_002_test

import rego.v1

import data.probity.fair_002

card(path, value) := {"kind": "model-card", "path": path, "subject": sprintf("document:%s", [path]), "value": value}

credit := card("models/credit/README.md", {"model_name": "credit-scoring", "version": "1.4.0"})

report := {
	"name": "demographic_parity_difference", "value": 0.06, "family": null, "group": null, "dataset": null,
	"model": {"name": "credit-scoring", "version": "1.4.0"}, "at": ["demographic_parity_difference"],
	"subject": "document:reports/fairness.json", "path": "reports/fairness.json",
}

repository(documents, metrics) := {
	"documents": documents, "metrics": metrics, "resources": [], "systems": [], "pipelines": [],
}

nothing(case) if {
	fair_002.deny == set() with input as case
	fair_002.inconclusive == set() with input as case
	fair_002.not_applicable == set() with input as case
}

test_a_passing_report_of_this_version if {
	nothing(repository([credit], [report]))
}

test_no_report if {
	fair_002.deny == {{
		"msg": concat("", [
			"Model models/credit/README.md has no fairness report; ",
			"run the evaluation on this version and commit the report.",
		]),
		"resource": "document:models/credit/README.md",
		"key": "",
		"path": [],
		"evidence": {
			"model": "models/credit/README.md", "mode": "missing", "versions": ["1.4.0"], "reports": [],
			"nature": "operating",
		},
	}} with input as repository([credit], [])
}

test_versions_of_a_card_are_texts_and_numbers if {
	toolkit := card("docs/b.json", {"model_details": {"version": {"name": "1.4.0"}}, "version": {"major": 1}})
	{f.evidence.versions | some f in fair_002.deny} == {["1.4.0"]} with input as repository([toolkit], [])
}

test_figures_that_are_not_about_fairness_are_no_report if {
	{f.evidence.mode | some f in fair_002.deny} == {"missing"} with input as repository([credit], [
		object.union(report, {"name": "auc"}),
	])
}

test_a_report_about_another_version if {
	old := object.union(report, {"model": {"version": "1.3.0"}})
	{[f.msg, f.evidence.reports] | some f in fair_002.deny} == {[
		concat("", [
			"Model models/credit/README.md has fairness reports about other versions only ",
			"(1.3.0 instead of 1.4.0).",
		]),
		["reports/fairness.json"],
	]} with input as repository([credit], [old])
}

test_a_report_that_names_no_version if {
	silent := object.union(report, {"model": {"version": null}})
	{f.msg | some f in fair_002.deny} == {concat("", [
		"Model models/credit/README.md has fairness reports about other versions only ",
		"(no version named instead of 1.4.0).",
	])} with input as repository([credit], [silent])
	named := {"kind": "evaluation-report", "path": report.path, "subject": report.subject, "value": {"commit": {"id": "abc"}}}
	some f in fair_002.deny with input as repository([credit, named], [silent])
	contains(f.msg, "no version named")
}

test_a_report_that_names_the_commit if {
	silent := object.union(report, {"model": {"version": null}})
	named := {"kind": "evaluation-report", "path": report.path, "subject": report.subject, "value": {"commit": "abc"}}
	model := card("models/credit/README.md", {"model_name": "credit-scoring", "commit": "abc"})
	nothing(repository([model, named], [silent]))
}

test_a_report_about_another_model if {
	other := object.union(report, {"model": {"name": "churn"}})
	{f.evidence.mode | some f in fair_002.deny} == {"missing"} with input as repository([credit], [other])
	owned := object.union(repository([credit], [other]), {"systems": [{"id": "s", "paths": ["models/credit", "reports"]}]})
	{f.evidence.mode | some f in fair_002.deny} == {"missing"} with input as owned
}

test_a_result_outside_the_limits if {
	bad := object.union(report, {"value": 0.16, "group": "sex=f"})
	{[f.msg, f.evidence.mode] | some f in fair_002.deny} == {[
		concat("", [
			"Model models/credit/README.md has a fairness result outside the approved limits: ",
			"demographic_parity_difference for sex=f is 0.16, approved is at most 0.1.",
		]),
		"outside",
	]} with input as repository([credit], [bad])
}

test_a_version_that_is_not_stated_is_inconclusive if {
	case := repository([card("models/credit/README.md", {"model_name": "credit-scoring"})], [report])
	fair_002.deny == set() with input as case
	{f.msg | some f in fair_002.inconclusive} == {concat("", [
		"Model models/credit/README.md does not state its version, ",
		"so that no fairness report can be tied to it.",
	])} with input as case
}

test_a_card_without_a_version_that_gives_the_result_itself if {
	own := object.union(report, {"subject": credit.subject, "path": credit.path, "model": {"version": null}})
	nothing(repository([card("models/credit/README.md", {"model_name": "credit-scoring"})], [own]))
}

# Trap 25.
test_few_rows_are_inconclusive if {
	few := object.union(report, {"name": "count", "value": 12, "group": "sex=f"})
	case := repository([credit], [object.union(report, {"value": 0.5}), few])
	fair_002.deny == set() with input as case
	{[f.evidence.mode, f.msg] | some f in fair_002.inconclusive} == {[
		"unstable",
		"Model models/credit/README.md has a fairness result that rests on a group with too few rows.",
	]} with input as case
	nothing(repository([credit], [report, few]))
}

test_no_measure_with_a_limit_is_inconclusive if {
	case := repository([credit], [object.union(report, {"name": "tpr", "group": "sex=f"})])
	{[f.evidence.mode, f.msg] | some f in fair_002.inconclusive} == {[
		"unjudged",
		"Model models/credit/README.md has a fairness report without a measure that has an approved limit.",
	]} with input as case
}

test_a_report_within_the_card_is_of_its_version if {
	own := object.union(report, {"subject": credit.subject, "path": credit.path, "model": {"name": null, "version": null}})
	nothing(repository([credit], [own]))
	churn := card("models/churn/README.md", {"model_name": "churn", "version": "1.4.0"})
	{f.resource | some f in fair_002.deny} == {churn.subject} with input as repository([credit, churn], [own])
}

test_names if {
	by_index := card("docs/a.md", {"model-index": [{"name": "credit-scoring"}], "model_version": "1.4.0"})
	nothing(repository([by_index], [report]))
	by_folder := card("models/credit-scoring/README.md", {"version": "1.4.0"})
	nothing(repository([by_folder], [report]))
	toolkit := card("docs/b.json", {"model_details": {"name": "credit-scoring", "version": {"name": "1.4.0"}}})
	nothing(repository([toolkit], [report]))
	sagemaker := card("docs/c.json", {"model_overview": {"model_name": "credit-scoring", "model_version": 3}})
	third := object.union(report, {"model": {"version": "3"}})
	nothing(repository([sagemaker], [third]))
}

test_a_report_without_a_name_belongs_to_the_system_or_the_only_model if {
	nameless := object.union(report, {"model": {"name": null}})
	nothing(repository([credit], [nameless]))
	churn := card("models/churn/README.md", {"model_name": "churn", "version": "1.4.0"})
	two := repository([credit, churn], [nameless])
	{f.evidence.mode | some f in fair_002.deny} == {"missing"} with input as two
	count(fair_002.deny) == 2 with input as two
	systems := [{"id": "s", "paths": ["models/credit", "reports"]}]
	declared := object.union(two, {"systems": systems})
	{f.resource | some f in fair_002.deny} == {churn.subject} with input as declared
}

test_an_mlflow_model_is_known_by_its_run if {
	run := {
		"kind": "mlflow-model", "path": "mlflow/credit-scoring/MLmodel", "subject": "document:mlflow/credit-scoring/MLmodel",
		"value": {"run_id": "r1", "model_uuid": "u1", "model_id": null},
	}
	{f.evidence.versions | some f in fair_002.deny} == {["r1", "u1"]} with input as repository([run], [report])
	named := object.union(report, {"model": {"version": "u1"}})
	nothing(repository([run], [named]))
}

package_(type, attributes) := object.union(repository([], []), {"resources": [{
	"type": type, "name": "credit", "address": "Credit", "subject": "cloudformation:t.yaml//Credit", "path": "t.yaml",
	"attributes": attributes,
}]})

bias(entry) := package_("AWS::SageMaker::ModelPackage", {"ModelPackageVersion": 7, "ModelMetrics": {"Bias": entry}})

test_a_model_package_that_links_its_report if {
	nothing(bias({"Report": {"S3Uri": "s3://b/r.json", "ContentDigest": "sha256:aa"}}))
	open := bias({"PostTrainingReport": {"S3Uri": "s3://b/r.json"}})
	fair_002.deny == set() with input as open
	{[f.msg, f.path] | some f in fair_002.inconclusive} == {[
		concat("", [
			"Model Credit links a bias report without its content digest, ",
			"and the result cannot be read here.",
		]),
		["ModelMetrics", "Bias", "PostTrainingReport"],
	]} with input as open
	{[f.evidence.mode, f.evidence.versions] | some f in fair_002.deny} == {["missing", ["7"]]} with input as bias({})
	nothing(object.union(open, {"metrics": [object.union(report, {"model": {"version": "7"}})]}))
	old := object.union(open, {"metrics": [object.union(report, {"model": {"version": "6"}})]})
	{f.evidence.mode | some f in fair_002.deny} == {"other-version"} with input as old
	cloud_control := package_("awscc_sagemaker_model_package", {
		"model_package_group_name": "credit", "model_package_version": 7, "metadata_properties": {"commit_id": "abc"},
		"model_metrics": {"bias": {"pre_training_report": {"s3_uri": "s3://b/r.json", "content_digest": "x"}}},
	})
	nothing(cloud_control)
}

with_report(case, name) := object.union(case, {"metrics": [object.union(
	report,
	{"model": {"name": name, "version": "abc"}},
)]})

test_a_model_package_with_a_report_here if {
	commit := {"MetadataProperties": {"CommitId": "abc"}}
	every name in ["ModelPackageGroupName", "ModelPackageName"] {
		case := package_("AWS::SageMaker::ModelPackage", object.union(commit, {name: "churn"}))
		nothing(with_report(case, "churn"))
		{f.evidence.mode | some f in fair_002.deny} == {"missing"} with input as with_report(case, "fraud")
	}
	odd := package_("AWS::SageMaker::ModelPackage", object.union(commit, {"ModelPackageGroupName": ["churn"]}))
	nothing(with_report(odd, "credit"))
}

test_a_cloud_control_package_with_a_report_here if {
	commit := {"metadata_properties": {"commit_id": "abc"}}
	every name in ["model_package_group_name", "model_package_name"] {
		case := package_("awscc_sagemaker_model_package", object.union(commit, {name: "churn"}))
		nothing(with_report(case, "churn"))
	}
}

test_not_applicable if {
	{f.msg | some f in fair_002.not_applicable} == {
		"the repository has no model version on record",
	} with input as repository([], [report])
	file := {"kind": "evaluation-report", "path": report.path, "subject": report.subject, "value": {"run_id": "r1"}}
	count(fair_002.not_applicable) == 1 with input as repository([file], [])
	exempt := object.union(repository([credit], []), {"systems": [{"paths": ["models"], "affects_persons": false}]})
	{f.msg | some f in fair_002.not_applicable} == {
		"the systems of the recorded models declare affects_persons: false",
	} with input as exempt
	fair_002.deny == set() with input as exempt
}
