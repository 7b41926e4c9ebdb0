# Duties that are fulfilled elsewhere: a landing zone, another repository. `.probity/config.yaml` names the evidence:
#
#   external_evidence:
#     PB-DATA-010: https://wiki.example.com/macie
package probity.lib.external

import rego.v1

# The pointer to the evidence; undefined where there is none.
evidence(config, id) := pointer if {
	pointer := config.external_evidence[id]
	is_string(pointer)
	trim_space(pointer) != ""
}

reason(config, id) := sprintf("satisfied externally, see %s", [evidence(config, id)])
