package probity.mon_004_test

import rego.v1

import data.probity.mon_004

service(metadata, spec) := {
	"system": "kubernetes", "type": "InferenceService", "name": "credit", "address": "credit", "namespace": "ml",
	"subject": "kubernetes:k8s/credit.yaml//InferenceService/credit", "unknown": [], "references": [], "path": "k8s/credit.yaml",
	"attributes": {
		"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
		"metadata": object.union({"name": "credit"}, metadata), "spec": spec,
	},
}

model := {"model": {"modelFormat": {"name": "sklearn"}}}

logging(logger) := service({}, {"predictor": object.union(model, {"logger": logger})})

test_logger_passes if {
	every logger in [
		{"mode": "all", "url": "http://broker"},
		{"url": "http://broker"},
		{"mode": "all", "storage": {"path": "s3://logs"}},
	] {
		mon_004.deny == set() with input as logging(logger)
		mon_004.inconclusive == set() with input as logging(logger)
		mon_004.not_applicable == set() with input as logging(logger)
	}
	beside := service({}, {"predictor": model, "transformer": {"logger": {"mode": "all", "url": "http://broker"}}})
	mon_004.deny == set() with input as beside
}

test_no_logger if {
	mon_004.deny == {{
		"msg": "InferenceService credit records no requests and answers: add a logger.",
		"key": "logger",
		"path": ["spec", "predictor"],
		"evidence": {"logger": "absent", "scraped": false},
	}} with input as service({}, {"predictor": model})
	{f.path | some f in mon_004.deny} == {[]} with input as service({}, {})
}

test_half_a_logger if {
	mon_004.deny == {{
		"msg": "InferenceService credit records only one side of its calls: set mode all.",
		"key": "logger",
		"path": ["spec", "predictor", "logger", "mode"],
		"evidence": {"logger": "request"},
	}} with input as logging({"mode": "request", "url": "http://broker"})
	mon_004.inconclusive == set() with input as logging({"mode": "response"})
}

# The cluster's inferenceservice-config has a default.
test_logger_without_destination_is_inconclusive if {
	every logger in [{"mode": "all"}, {"mode": "all", "url": ""}, {"storage": {}}] {
		mon_004.deny == set() with input as logging(logger)
		mon_004.inconclusive == {{
			"msg": "Where InferenceService credit records its calls is the cluster's default.",
			"key": "logger",
			"path": ["spec", "predictor", "logger"],
			"evidence": {"logger": "default"},
		}} with input as logging(logger)
	}
}

detecting(image) := {"predictor": model, "transformer": {"containers": [{"name": "drift", "image": image}]}}

scraping(name, value) := {"annotations": {name: value}}

test_metrics_with_a_drift_detector_pass if {
	every name in ["prometheus.io/scrape", "serving.kserve.io/enable-prometheus-scraping"] {
		mon_004.deny == set() with input as service(scraping(name, "true"), detecting("seldonio/Alibi-Detect-server:1.18"))
	}
}

test_metrics_alone_are_not_enough if {
	scraped := scraping("prometheus.io/scrape", "true")
	{f.evidence.scraped | some f in mon_004.deny} == {true} with input as service(scraped, {"predictor": model})
	count(mon_004.deny) == 1 with input as service(scraped, detecting("kserve/preprocess:1"))
	count(mon_004.deny) == 1 with input as service({}, detecting("alibi-detect:1"))
	count(mon_004.deny) == 1 with input as service(scraping("prometheus.io/scrape", "false"), detecting("alibi-detect:1"))
	inside := {"predictor": {"containers": [{"name": "kserve-container", "image": "alibi-detect:1"}]}}
	count(mon_004.deny) == 1 with input as service(scraped, inside)
}

test_nonproduction_is_not_applicable if {
	labelled := service({"labels": {"environment": "Dev"}}, {"predictor": model})
	mon_004.deny == set() with input as labelled
	mon_004.not_applicable == {{
		"msg": "it is marked as dev", "key": "", "path": [], "evidence": {},
	}} with input as labelled
	spaced := object.union(service({}, {"predictor": model}), {"namespace": "staging"})
	mon_004.deny == set() with input as spaced
	{f.msg | some f in mon_004.not_applicable} == {"it is marked as staging"} with input as spaced
	count(mon_004.deny) == 1 with input as service({"labels": {"environment": "prod", "app": "dev"}}, {"predictor": model})
	half := object.union(logging({"mode": "request"}), {"namespace": "test"})
	mon_004.deny == set() with input as half
	open := object.union(logging({"mode": "all"}), {"namespace": "test"})
	mon_004.inconclusive == set() with input as open
}
