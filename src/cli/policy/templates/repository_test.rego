package {{PACKAGE}}_test

import rego.v1

import data.{{PACKAGE}}

test_owner_passes if {
	{{MODULE}}.deny == set() with input as {"systems": [{"id": "scoring", "owner": "risk@example.com"}]}
	{{MODULE}}.not_applicable == set() with input as {"systems": [{"id": "scoring", "owner": "risk@example.com"}]}
}

test_no_owner if {
	{{MODULE}}.deny == {{
		"msg": "System scoring has no owner.",
		"resource": "document:.probity/system.yaml",
		"key": "scoring",
		"path": [],
		"evidence": {"system": "scoring"},
	}} with input as {"systems": [{"id": "scoring"}]}
}

test_not_applicable_without_a_system if {
	{{MODULE}}.deny == set() with input as {"systems": []}
	{{MODULE}}.not_applicable == {{
		"msg": "no AI system is declared", "key": "", "path": [], "evidence": {},
	}} with input as {"systems": []}
}
