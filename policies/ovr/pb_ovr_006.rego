# METADATA
# title: No human review loop / kill switch for high-risk automated decisions
# description: >-
#   A high-risk system that decides about people offers no review by a person, or nothing says how its model is switched
#   off. A review is a flow definition of SageMaker with conditions under which a person is asked, or `human_review` in
#   the record of the system that points at the process. The way to switch off is `kill_switch` in the record or a
#   runbook whose name says so. Systems that declare `significant_decision: false` are left out. Whether anybody follows
#   the process cannot be told from a repository.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 14
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Article 22
# custom:
#   id: PB-OVR-006
#   version: 1
#   severity: high
#   scope: repository
#   needs: [systems]
#   resources: named
#   inputs: [tf, cfn, k8s, card, git]
#   controls:
#     - "EU-AIA:14.4.d"
#     - "EU-AIA:14.4.e"
#     - "GDPR:22.3"
#     - "CCPA-REGS:7221"
#     - "NIST-AI-RMF:MANAGE 2.4"
#     - "NIST-AI-RMF:GOVERN 1.7"
#     - "ISO42001:A.9.2"
#     - "UNESCO:36"
#   remediation: >-
#     Add a review workflow and a runbook for switching the model off.
#   applies_when: >-
#     a system declares risk_class: high, unless it declares significant_decision: false or affects_persons: false
#   params:
#     - review_loop_types
#     - shutdown_files
package probity.ovr_006

import rego.v1

import data.probity.lib.cards
import data.probity.lib.systems
import data.probity.lib.terraform
import data.probity.params

reason(system) := "does not declare risk_class: high" if {
	not systems.high(system)
} else := "declares significant_decision: false" if {
	system.significant_decision == false
} else := "declares affects_persons: false" if {
	object.get(system, "significant_decision", null) == null
	system.affects_persons == false
}

recorded(system, key) if cards.filled(object.get(system, key, ""))

conditions := ["human_loop_activation_config", "HumanLoopActivationConfig"]

# A flow definition of the system, or one that belongs to no system.
reviewed(system) if {
	types := params.review_loop_types
	some resource in input.resources
	resource.type in types
	belongs(system, resource)
	some name in conditions
	count(terraform.blocks(resource.attributes, name)) > 0
}

belongs(system, resource) if resource.subject in system.resources

belongs(_, resource) if {
	every other in input.systems { not resource.subject in object.get(other, "resources", []) }
}

stoppable(system) if recorded(system, "kill_switch")

stoppable(_) if {
	some path, file in input.files
	not file.empty
	regex.match(params.shutdown_files, path)
}

finding(system, key, message) := {
	"msg": sprintf("System %s %s", [systems.title(system), message]),
	"resource": systems.subject(system),
	"key": key,
	"path": [name | some name in ["risk_class"]; system[name]],
	"evidence": {"missing": key},
}

deny contains f if {
	some system in input.systems
	not reason(system)
	not recorded(system, "human_review")
	not reviewed(system)
	f := finding(system, "human_review", "decides about people at high risk, and no review by a person is set up or recorded.")
}

deny contains f if {
	some system in input.systems
	not reason(system)
	not stoppable(system)
	f := finding(system, "kill_switch", "decides about people at high risk, and nothing says how its model is switched off.")
}

not_applicable contains f if {
	some system in input.systems
	why := reason(system)
	f := {
		"msg": sprintf("system %s %s", [systems.title(system), why]),
		"resource": systems.subject(system),
		"key": "",
		"path": [],
		"evidence": {},
	}
}

not_applicable contains {"msg": "no AI system is declared", "key": "", "path": [], "evidence": {}} if {
	count(input.systems) == 0
}
