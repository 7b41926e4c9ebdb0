package {{PACKAGE}}_test

import rego.v1

import data.{{PACKAGE}}

test_licence_passes if {
	{{MODULE}}.deny == set() with input as {"license": "apache-2.0"}
}

test_no_licence if {
	{{MODULE}}.deny == {{
		"msg": "The model card names no licence.",
		"key": "license",
		"path": [],
		"evidence": {"license": ""},
	}} with input as {"language": "en"}
}
