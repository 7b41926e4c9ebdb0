# METADATA
# title: Pipeline that trains without evaluating
# description: >-
#   A pipeline has a training step and no step that evaluates a model.
# scope: package
# custom:
#   id: {{ID}}
#   version: 1
#   severity: medium
#   scope: module
#   selects:
#     - pipeline
#   controls:
#     - "NIST-AI-RMF:MEASURE 2.3"
#   remediation: >-
#     Add a step that evaluates the trained model.
#   applies_when: >-
#     the pipeline has a training step
package {{PACKAGE}}

import rego.v1

steps(kind) := {id | some id, node in input.pipeline.nodes; node.kind == kind}

deny contains {
	"msg": sprintf("Step %s trains a model that no step evaluates.", [id]),
	"resource": input.pipeline.nodes[id].subject,
	"key": "evaluate",
	"path": [],
	"evidence": {"step": id},
} if {
	some id in steps("train")
	count(steps("evaluate")) == 0
}

not_applicable contains {"msg": "the pipeline trains no model", "key": "", "path": [], "evidence": {}} if {
	count(steps("train")) == 0
}
