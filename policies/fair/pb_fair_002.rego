# METADATA
# title: Registered model has no passing fairness evaluation on record
# description: >-
#   A model version on record (a SageMaker model package, a model card, an MLmodel file) has no fairness result of
#   that version within the approved limits. Reasons are told apart: no report about the model, reports about other
#   versions only, and a result outside the limits. A report is about a model by the model's name, by standing in its
#   card, or by belonging to the same declared system; it is about a version by model.version, by the commit or the
#   run that it names. A bias report that a model package links counts where its content digest is given. Unknown are:
#   a version that the record does not state, a report with no measure that has a limit, a result that rests on a
#   group with too few rows, and a linked report without a digest. This is operating evidence; that a gate stands in
#   the pipeline is design evidence (PB-FAIR-001).
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 10 and 13"
# custom:
#   id: PB-FAIR-002
#   version: 1
#   severity: critical
#   scope: repository
#   resources: named
#   inputs: [cfn, card, eval, mlflow, git, tf]
#   controls:
#     - "EU-AIA:10.2.f"
#     - "EU-AIA:13.3.b.v"
#     - "EU-AIA:11.1"
#     - "EU-AIA:Annex IV.2.g"
#     - "NIST-AI-RMF:MEASURE 2.11"
#     - "ISO42001:A.6.2.4"
#     - "ISO42001:A.6.2.7"
#     - "OECD:1.2"
#     - "OECD:1.5"
#     - "CCPA-REGS:7152"
#     - "NIST-AI-600-1:MS-2.11-002"
#   remediation: >-
#     Run the evaluation on the version and commit the report; link it in the card.
#   applies_when: >-
#     unless the system declares affects_persons: false; the repository has a model version on record
#   params:
#     - fairness_thresholds
#     - fairness_metric_names
#     - clarify_metric_names
#     - group_size_names
#     - minimum_rows_per_group
#     - report_version_keys
#     - generic_model_words
package probity.fair_002

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.fairness
import data.probity.lib.models
import data.probity.lib.nested
import data.probity.params

# A model version on record: its names, what its version is known by, where it stands.
packages contains model if {
	some r in input.resources
	names := package_names[r.type]
	some name in {r.name} | {r.attributes[attribute] | some attribute in names.group; is_string(r.attributes[attribute])}
	model := {
		"shown": r.address, "name": name, "subject": r.subject, "path": r.path,
		"versions": {sprintf("%v", [value]) |
			some at in names.version
			value := object.get(r.attributes, at, null)
			value != null
		},
	}
}

package_names := {
	"AWS::SageMaker::ModelPackage": {
		"group": ["ModelPackageName", "ModelPackageGroupName"],
		"version": [["ModelPackageVersion"], ["MetadataProperties", "CommitId"]],
		"bias": ["ModelMetrics", "Bias"], "reports": ["Report", "PreTrainingReport", "PostTrainingReport"],
		"uri": "S3Uri", "digest": "ContentDigest",
	},
	"awscc_sagemaker_model_package": {
		"group": ["model_package_name", "model_package_group_name"],
		"version": [["model_package_version"], ["metadata_properties", "commit_id"]],
		"bias": ["model_metrics", "bias"], "reports": ["report", "pre_training_report", "post_training_report"],
		"uri": "s3_uri", "digest": "content_digest",
	},
}

# The bias reports that a package links.
linked := {r.subject: reports |
	some r in input.resources
	names := package_names[r.type]
	bias := object.get(r.attributes, names.bias, {})
	reports := [{"path": array.concat(names.bias, [kind]), "digest": object.get(report, names.digest, "")} |
		some kind in names.reports
		report := object.get(bias, kind, {})
		object.get(report, names.uri, "") != ""
	]
}

cards contains model if {
	some document in input.documents
	document.kind == "model-card"
	some name in card_names(document)
	model := {
		"shown": document.path, "name": name, "subject": document.subject, "path": document.path,
		"versions": {sprintf("%v", [value]) |
			some at in [
				["version"], ["model_version"], ["commit"], ["model_details", "version", "name"],
				["model_details", "version"], ["model_overview", "model_version"],
			]
			value := object.get(document.value, at, null)
			value != null
			not is_object(value)
		},
	}
}

card_names(document) := {name |
	some at in [["model_name"], ["name"], ["model_id"], ["model_details", "name"], ["model_overview", "model_name"]]
	name := object.get(document.value, at, null)
	is_string(name)
} | {entry.name |
	some entry in nested.items(object.get(document.value, "model-index", []))
	is_string(entry.name)
} | {last_folder(document.path)}

last_folder(path) := parts[count(parts) - 1] if parts := split(datasets.folder(path), "/")

runs contains model if {
	some document in input.documents
	document.kind == "mlflow-model"
	model := {
		"shown": document.path, "name": last_folder(document.path), "subject": document.subject, "path": document.path,
		"versions": {value |
			some key in ["run_id", "model_uuid", "model_id"]
			value := document.value[key]
			is_string(value)
		},
	}
}

records := (packages | cards) | runs

subjects := {record.subject | some record in records; not exempt(record)}

exempt(record) if models.exempt(input.systems, systems_of(record))

systems_of(record) := models.owners(input.systems, record.path) | models.holders(input.systems, record.subject)

of(subject) := {record | some record in records; record.subject == subject}

versions(subject) := {version | some record in of(subject); some version in record.versions}

# Figures about fairness, and those about the model.
figures := [metric | some metric in input.metrics; fairness.about_fairness(metric)]

about(subject) := [metric |
	some metric in figures
	concerns(metric, subject)
]

concerns(metric, subject) if metric.subject == subject

concerns(metric, subject) if {
	is_string(metric.model.name)
	some record in of(subject)
	models.alike(metric.model.name, record.name)
}

concerns(metric, subject) if {
	not is_string(metric.model.name)
	some record in of(subject)
	count(systems_of(record) & models.owners(input.systems, metric.path)) > 0
}

# A model without a telling name is the only one, or a system's.
concerns(metric, _) if {
	not is_string(metric.model.name)
	count(subjects) == 1
}

# What a report says that it is about.
references(metric) := {sprintf("%v", [metric.model.version]) | metric.model.version != null} | {sprintf("%v", [value]) |
	some document in input.documents
	document.subject == metric.subject
	some key in params.report_version_keys
	value := document.value[key]
	not is_object(value)
}

current(subject) := [metric |
	some metric in about(subject)
	of_version(metric, subject)
]

of_version(metric, subject) if metric.subject == subject

of_version(metric, subject) if count(references(metric) & versions(subject)) > 0

judged(subject) := [metric | some metric in current(subject); fairness.measure(metric)]

outside(subject) := [metric |
	some metric in judged(subject)
	fairness.outside(metric)
	not fairness.unstable(input.metrics, metric)
]

mode(subject) := "linked" if {
	count(about(subject)) == 0
	count(object.get(linked, subject, [])) > 0
} else := "missing" if {
	count(about(subject)) == 0
} else := "unversioned" if {
	count(current(subject)) == 0
	count(versions(subject)) == 0
} else := "other-version" if {
	count(current(subject)) == 0
} else := "outside" if {
	count(outside(subject)) > 0
} else := "unstable" if {
	some metric in judged(subject)
	fairness.outside(metric)
} else := "unjudged" if {
	count(judged(subject)) == 0
} else := "passing"

shown(subject) := min({record.shown | some record in of(subject)})

listed(values) := concat(", ", sort([value | some value in values]))

finding(subject, message, path) := {
	"msg": sprintf("Model %s %s.", [shown(subject), message]),
	"resource": subject,
	"key": "",
	"path": path,
	"evidence": {
		"model": shown(subject), "mode": mode(subject), "versions": sort([v | some v in versions(subject)]),
		"reports": sort({metric.path | some metric in about(subject)}), "nature": "operating",
	},
}

deny contains f if {
	some subject in subjects
	mode(subject) == "missing"
	f := finding(subject, "has no fairness report; run the evaluation on this version and commit the report", [])
}

deny contains f if {
	some subject in subjects
	mode(subject) == "other-version"
	found := {reference | some metric in about(subject); some reference in references(metric)}
	f := finding(subject, sprintf(
		"has fairness reports about other versions only (%s instead of %s)",
		[named(found), listed(versions(subject))],
	), [])
}

named(found) := listed(found) if {
	count(found) > 0
} else := "no version named"

deny contains f if {
	some subject in subjects
	mode(subject) == "outside"
	f := finding(subject, sprintf("has a fairness result outside the approved limits: %s", [concat("; ", sort({text |
		some metric in outside(subject)
		text := sprintf("%s%s is %s, approved is %s", [
			metric.name, fairness.of_group(metric), fairness.shown(metric), fairness.range(metric),
		])
	}))]), [])
}

inconclusive contains f if {
	some subject in subjects
	mode(subject) == "unversioned"
	f := finding(subject, "does not state its version, so that no fairness report can be tied to it", [])
}

inconclusive contains f if {
	some subject in subjects
	mode(subject) == "unstable"
	f := finding(subject, "has a fairness result that rests on a group with too few rows", [])
}

inconclusive contains f if {
	some subject in subjects
	mode(subject) == "unjudged"
	f := finding(subject, "has a fairness report without a measure that has an approved limit", [])
}

inconclusive contains f if {
	some subject in subjects
	mode(subject) == "linked"
	some report in linked[subject]
	report.digest == ""
	f := finding(
		subject,
		"links a bias report without its content digest, and the result cannot be read here",
		report.path,
	)
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the repository has no model version on record" if count(records) == 0

reasons contains "the systems of the recorded models declare affects_persons: false" if {
	count(records) > 0
	count(subjects) == 0
}
