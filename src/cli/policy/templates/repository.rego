# METADATA
# title: AI system without an owner
# description: >-
#   A system declared in `.probity/system.yaml` names nobody who answers for it.
# scope: package
# custom:
#   id: {{ID}}
#   version: 1
#   severity: medium
#   scope: repository
#   inputs:
#     - git
#   controls:
#     - "ISO42001:A.3.2"
#   remediation: >-
#     Name an owner in the system's record.
#   applies_when: >-
#     a system is declared
package {{PACKAGE}}

import rego.v1

deny contains {
	"msg": sprintf("System %s has no owner.", [system.id]),
	"resource": "document:.probity/system.yaml",
	"key": system.id,
	"path": [],
	"evidence": {"system": system.id},
} if {
	some system in input.systems
	object.get(system, "owner", "") == ""
}

not_applicable contains {"msg": "no AI system is declared", "key": "", "path": [], "evidence": {}} if {
	count(input.systems) == 0
}
