# METADATA
# title: Model explainability not produced for a decision model
# description: >-
#   A system of high risk shows nothing that explains its decisions: no such step in its pipelines (a ClarifyCheck of
#   type MODEL_EXPLAINABILITY, SHAP, LIME, Alibi), no ModelExplainability job or schedule, no Clarify explainer on its
#   endpoint configuration, no explainer on its InferenceService, no report with such a figure, and no program that
#   imports such a package. A system that declares interpretable: true, or that is generative, is left out. A step
#   that counts only by its name is shown for review. How good the explanations are is not judged.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act)"
# custom:
#   id: PB-EVAL-005
#   version: 1
#   severity: medium
#   scope: repository
#   resources: named
#   inputs: [smp, tf, cfn, eval, k8s]
#   controls:
#     - "EU-AIA:13.1"
#     - "EU-AIA:13.3.b.iv"
#     - "EU-AIA:86.1"
#     - "GDPR:15.1.h"
#     - "CCPA-REGS:7222"
#     - "NIST-AI-RMF:MEASURE 2.9"
#     - "ISO42001:A.8.2"
#     - "OECD:1.3"
#   remediation: >-
#     Add an explainer: a ClarifyCheck of type MODEL_EXPLAINABILITY, a Clarify explainer on the endpoint, an explainer
#     on the InferenceService, or a step that writes a SHAP report.
#   applies_when: >-
#     a system declares risk_class: high, is not generative and does not declare interpretable: true
#   params:
#     - explanation_packages
#     - explanation_words
#     - generative_kinds
#     - generative_types
#     - generic_model_words
package probity.eval_005

import rego.v1

import data.probity.lib.external
import data.probity.lib.models
import data.probity.lib.nested
import data.probity.lib.tests_of_models as tests
import data.probity.params

id := "PB-EVAL-005"

high := {index | some index, system in input.systems; lower(system.risk_class) == "high"}

due := {index | some index in high; not spared(index)}

spared(index) if input.systems[index].interpretable == true

spared(index) if {
	some key in ["type", "model_kind", "kind"]
	lower(input.systems[index][key]) in params.generative_kinds
}

spared(index) if {
	some r in resources(index)
	r.type in params.generative_types
}

# The resources that say something here, before anything is asked about each.
telling := [r |
	types := (object.keys(explainers) | object.keys(schedules)) | (jobs | {type | some type in params.generative_types})
	some r in input.resources
	r.type in types
]

resources(index) := [r | some r in telling; index in models.holders(input.systems, r.subject)]

# What explains, in the settings of a resource.
explainers := {
	"AWS::SageMaker::EndpointConfig": ["ExplainerConfig", "ClarifyExplainerConfig"],
	"awscc_sagemaker_endpoint_config": ["explainer_config", "clarify_explainer_config"],
	"InferenceService": ["spec", "explainer"],
}

jobs := {"AWS::SageMaker::ModelExplainabilityJobDefinition", "awscc_sagemaker_model_explainability_job_definition"}

schedules := {
	"aws_sagemaker_monitoring_schedule": ["monitoring_schedule_config", "monitoring_type"],
	"awscc_sagemaker_monitoring_schedule": ["monitoring_schedule_config", "monitoring_type"],
	"AWS::SageMaker::MonitoringSchedule": ["MonitoringScheduleConfig", "MonitoringType"],
}

explains(r) if {
	some value in nested.values(r.attributes, explainers[r.type])
	not value in {null, {}}
}

explains(r) if r.type in jobs

explains(r) if "ModelExplainability" in nested.values(r.attributes, schedules[r.type])

# What tests are looked for in.
repository := {
	"systems": object.get(input, "systems", []),
	"pipelines": object.get(input, "pipelines", []),
	"metrics": object.get(input, "metrics", []),
	"documents": object.get(input, "documents", []),
}

explained(index) if false in tests.steps(repository, index, "explain")

explained(index) if {
	some r in resources(index)
	explains(r)
}

explained(index) if tests.reported(repository, index, params.explanation_words, [])

explained(index) if tests.imports(repository, index, params.explanation_packages)

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
	not explained(index)
	count(tests.steps(repository, index, "explain")) == 0
	f := finding(index, "missing", "is of high risk and nothing explains its decisions; add an explainer")
}

review contains f if {
	not external.evidence(input.config, id)
	some index in due
	not explained(index)
	count(tests.steps(repository, index, "explain")) > 0
	f := finding(index, "by-name", "has a step that explains its decisions only by its name")
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains external.reason(input.config, id)

reasons contains "no system declares risk_class: high" if count(high) == 0

reasons contains "the systems of high risk are generative or declare interpretable: true" if {
	count(high) > 0
	count(due) == 0
}
