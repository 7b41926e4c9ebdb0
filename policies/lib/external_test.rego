package probity.lib.external_test

import rego.v1

import data.probity.lib.external

test_evidence if {
	config := {"external_evidence": {"PB-A-001": "https://x", "PB-A-002": " ", "PB-A-003": true}}
	external.reason(config, "PB-A-001") == "satisfied externally, see https://x"
	not external.reason(config, "PB-A-002")
	not external.reason(config, "PB-A-003")
	not external.reason(config, "PB-A-004")
	not external.reason({}, "PB-A-001")
}
