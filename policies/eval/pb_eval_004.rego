# METADATA
# title: No robustness or adversarial test for high-risk/classification models
# description: >-
#   A system of high risk shows no test of robustness or against adversarial input: no such step in its pipelines
#   (garak, promptfoo, TextAttack, CleverHans, the Adversarial Robustness Toolbox, Foolbox, PyRIT), no report with
#   such a figure or by such a tool, and no program that imports such a package. What belongs to a system is told by
#   paths; a system without paths owns all. A step that counts only by its name, and a model card for classification
#   that no high-risk system owns, are shown for review. How good the test is, is not judged.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act)"
# custom:
#   id: PB-EVAL-004
#   version: 1
#   severity: medium
#   scope: repository
#   inputs: [ci, smp, dvc, git, eval]
#   controls:
#     - "EU-AIA:15.4"
#     - "EU-AIA:15.5"
#     - "NIST-AI-RMF:MEASURE 2.6"
#     - "NIST-AI-RMF:MEASURE 2.7"
#     - "NIST-AI-600-1:MS-2.7-007"
#     - "OWASP-ML:ML01:2023"
#     - "ATLAS:AML.M0003"
#     - "ATLAS:AML.M0008"
#     - "G7-CoC:1"
#     - "NIST-800-53:CA-8"
#   remediation: >-
#     Add a step that tests the robustness of the model (for example with ART, TextAttack, garak, promptfoo) and keep
#     its report.
#   applies_when: >-
#     a system declares risk_class: high, or a model card is about classification
#   params:
#     - robustness_packages
#     - robustness_words
#     - generic_model_words
package probity.eval_004

import rego.v1

import data.probity.lib.external
import data.probity.lib.models
import data.probity.lib.tests_of_models as tests
import data.probity.params

id := "PB-EVAL-004"

due := {index | some index, system in input.systems; lower(system.risk_class) == "high"}

tools := ["evals", "evalId", "entry_type"]

# What tests are looked for in.
repository := {
	"systems": object.get(input, "systems", []),
	"pipelines": object.get(input, "pipelines", []),
	"metrics": object.get(input, "metrics", []),
	"documents": object.get(input, "documents", []),
}

tested(index) if false in tests.steps(repository, index, "robustness")

tested(index) if tests.reported(repository, index, params.robustness_words, tools)

tested(index) if tests.imports(repository, index, params.robustness_packages)

finding(index, mode, message) := {
	"msg": sprintf("System %s %s.", [input.systems[index].id, message]),
	"resource": sprintf("system:%s", [input.systems[index].id]),
	"key": "",
	"path": [],
	"evidence": {"system": input.systems[index].id, "mode": mode},
}

deny contains f if {
	not external.evidence(input.config, id)
	some index in due
	not tested(index)
	count(tests.steps(repository, index, "robustness")) == 0
	f := finding(index, "missing", "is of high risk and shows no test of robustness; add one to its pipeline")
}

review contains f if {
	not external.evidence(input.config, id)
	some index in due
	not tested(index)
	count(tests.steps(repository, index, "robustness")) > 0
	f := finding(index, "by-name", "has a test of robustness that counts only by its name")
}

# A classifier that nobody has classed as of high risk.
classifiers := [document |
	some document in input.documents
	document.kind == "model-card"
	is_string(document.value.pipeline_tag)
	endswith(document.value.pipeline_tag, "classification")
	count(models.owners(input.systems, document.path) & due) == 0
]

anywhere if {
	some pipeline in input.pipelines
	some _, node in pipeline.nodes
	node.kind == "robustness"
}

review contains f if {
	not external.evidence(input.config, id)
	not anywhere
	some document in classifiers
	f := {
		"msg": sprintf(
			"Model card %s is about classification, and no pipeline tests the robustness of a model.",
			[document.path],
		),
		"resource": document.subject,
		"key": "",
		"path": ["pipeline_tag"],
		"evidence": {"card": document.path, "mode": "classifier"},
	}
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains external.reason(input.config, id)

reasons contains "no system declares risk_class: high, and no model card is about classification" if {
	count(due) == 0
	count(classifiers) == 0
}
