# METADATA
# title: KServe InferenceService without payload logging or monitoring
# description: >-
#   An inference service keeps no record of requests and answers, and no drift detector stands beside its metrics. A
#   logger counts with mode all, which is its default, and a url or a storage. Without either it sends to the default
#   of the cluster's inferenceservice-config, which cannot be seen here: inconclusive. Metrics count when they are
#   scraped and a transformer or explainer runs a drift detector.
# scope: package
# related_resources:
#   - ref: https://kserve.github.io/website/docs/model-serving/predictive-inference/logger/basic-logger
#     description: "KServe: inference logger"
# custom:
#   id: PB-MON-004
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - InferenceService
#   inputs: [k8s]
#   controls:
#     - "EU-AIA:12.1"
#     - "EU-AIA:72.2"
#     - "NIST-AI-RMF:MEASURE 2.4"
#     - "ISO42001:A.6.2.8"
#     - "ATLAS:AML.M0024"
#     - "SOC2:CC7.2"
#   remediation: >-
#     Add a logger with mode all and a url or a storage to the predictor.
#   applies_when: >-
#     unless a label or the namespace says that it is not in production
#   params:
#     - drift_detector_images
#     - nonproduction_environments
package probity.mon_004

import rego.v1

import data.probity.lib.pods
import data.probity.lib.terraform
import data.probity.params

spec := object.get(input.attributes, "spec", {})

environment := min(values) if {
	values := {lower(value) |
		some key, value in object.get(input.attributes, ["metadata", "labels"], {})
		terraform.tag_key(key) in {"environment", "env", "stage"}
		lower(value) in params.nonproduction_environments
	} | {namespace |
		namespace := lower(object.get(input, "namespace", ""))
		namespace in params.nonproduction_environments
	}
	count(values) > 0
}

production if not environment

loggers := [{"body": logger, "path": ["spec", component, "logger"]} |
	some component in ["predictor", "transformer"]
	logger := spec[component].logger
	is_object(logger)
]

everything(logger) if object.get(logger.body, "mode", "all") == "all"

destination(logger) if terraform.is_set(logger.body, "url")

destination(logger) if terraform.is_set(logger.body, "storage")

logged if {
	some logger in loggers
	everything(logger)
	destination(logger)
}

annotations := object.get(input.attributes, ["metadata", "annotations"], {})

scraped if {
	some name in ["prometheus.io/scrape", "serving.kserve.io/enable-prometheus-scraping"]
	annotations[name] in {true, "true"}
}

detected if {
	some found in pods.containers(input.attributes)
	found.path[1] in {"transformer", "explainer"}
	some word in params.drift_detector_images
	contains(lower(found.container.image), word)
}

monitored if logged

monitored if {
	scraped
	detected
}

finding(path, message, evidence) := {
	"msg": sprintf(message, [pods.title(input)]),
	"key": "logger",
	"path": path,
	"evidence": evidence,
}

path := ["spec", "predictor"] if {
	is_object(spec.predictor)
} else := []

deny contains f if {
	production
	not monitored
	count(loggers) == 0
	on := count({1 | scraped}) == 1
	f := finding(
		path, "%s records no requests and answers: add a logger.",
		{"logger": "absent", "scraped": on},
	)
}

deny contains f if {
	production
	not monitored
	some logger in loggers
	not everything(logger)
	f := finding(
		array.concat(logger.path, ["mode"]), "%s records only one side of its calls: set mode all.",
		{"logger": logger.body.mode},
	)
}

inconclusive contains f if {
	production
	not monitored
	some logger in loggers
	everything(logger)
	not destination(logger)
	f := finding(logger.path, "Where %s records its calls is the cluster's default.", {"logger": "default"})
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	reason := sprintf("it is marked as %s", [environment])
}
