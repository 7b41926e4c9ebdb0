# METADATA
# title: Fairness step cannot fail the build
# description: >-
#   A fairness step is there and cannot fail the build: its failure is tolerated (continue-on-error, || true, exit 0,
#   allow_failure), it is skipped (SkipCheck, an if that is false, a frozen stage), it registers a new baseline and
#   compares with none, or the release runs although it fails (if: always() on the deploy job). A step whose result a
#   condition decides on is not meant, nor a report that is only uploaded. A step that counts as a fairness step only
#   by its name is shown for review. Unknown is whether a check is skipped where the setting is not known.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 9 and 17"
# custom:
#   id: PB-FAIR-005
#   version: 1
#   severity: high
#   scope: module
#   selects:
#     - pipeline
#   inputs: [ci, smp, dvc]
#   controls:
#     - "EU-AIA:9.6"
#     - "EU-AIA:17.1.d"
#     - "NIST-AI-RMF:MEASURE 2.11"
#     - "ISO42001:A.6.2.4"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:SA-11"
#   remediation: >-
#     Remove what tolerates the failure (|| true, continue-on-error, SkipCheck), and let the release wait for the
#     success of the fairness step.
#   applies_when: >-
#     unless the system declares affects_persons: false; the pipeline has a fairness step
package probity.fair_005

import rego.v1

import data.probity.lib.graph as g
import data.probity.lib.pipeline as p

pipeline := input.pipeline

nodes := pipeline.nodes

certain := g.certain(pipeline)

held := p.held(pipeline)

default exempt := false

exempt if input.system.affects_persons == false

# A step that was taken over from another pipeline is judged there.
checks := {id |
	some id in p.of_kind(pipeline, {"fairness"})
	not is_string(object.get(nodes[id], "taken_from", null))
}

# Its result is read by a condition that stops the run.
decided(id) if {
	some next in certain[id]
	nodes[next].kind == "fairness"
	p.stops(pipeline, next)
}

toothless contains id if {
	some id in checks
	not p.stops(pipeline, id)
	not decided(id)
}

finding(id, key, message) := {
	"msg": message,
	"resource": nodes[id].subject,
	"key": key,
	"path": [],
	"evidence": {"step": id, "why": key},
}

idle(id) := finding(id, "cannot-fail", message) if {
	message := sprintf("Fairness step %s cannot fail the build: %s.", [id, p.idle(pipeline, id)])
}

deny contains idle(id) if {
	not exempt
	some id in toothless
	not p.by_name(pipeline, id)
}

review contains idle(id) if {
	not exempt
	some id in toothless
	p.by_name(pipeline, id)
}

# The release comes after the check and does not wait for its success.
deny contains f if {
	not exempt
	some release in p.of_kind(pipeline, {"register", "deploy"})
	not p.by_name(pipeline, release)
	some id in checks
	not p.by_name(pipeline, id)
	p.stops(pipeline, id)
	g.reaches(certain, set(), id, release)
	not g.reaches(held, set(), id, release)
	f := finding(release, sprintf("regardless:%s", [id]), sprintf(
		"Step %s runs although fairness step %s fails; let it wait for its success.",
		[release, id],
	))
}

inconclusive contains f if {
	not exempt
	some id, node in nodes
	not is_string(object.get(node, "taken_from", null))
	node.skipped == null
	node.kind == "fairness"
	f := finding(id, "skip-unknown", sprintf("Whether fairness step %s is skipped is not known here.", [id]))
}

# The reader shows a check of which nobody knows whether it is skipped as a step that cannot be read.
inconclusive contains f if {
	not exempt
	some id, node in nodes
	node.opaque == true
	contains(object.get(node, "matched_rule", ""), "SkipCheck")
	object.get(node, ["settings", "Type"], "ClarifyCheck") == "ClarifyCheck"
	f := finding(id, "skip-unknown", sprintf("Whether check %s is skipped is not known here.", [id]))
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the system declares affects_persons: false" if exempt

reasons contains "the pipeline has no fairness step" if {
	not exempt
	count(checks) == 0
	count(inconclusive) == 0
}
