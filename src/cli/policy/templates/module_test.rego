package {{PACKAGE}}_test

import rego.v1

import data.{{PACKAGE}}

pipeline(kinds) := {"system": null, "pipeline": {
	"id": "dvc.yaml", "source_kind": "dvc", "path": "dvc.yaml", "edges": {}, "unresolved": [], "missing": [],
	"nodes": {kind: {"kind": kind, "name": kind, "subject": sprintf("pipeline:dvc.yaml//%s", [kind])} | some kind in kinds},
}}

test_evaluation_passes if {
	{{MODULE}}.deny == set() with input as pipeline({"train", "evaluate"})
	{{MODULE}}.not_applicable == set() with input as pipeline({"train", "evaluate"})
}

test_no_evaluation if {
	{{MODULE}}.deny == {{
		"msg": "Step train trains a model that no step evaluates.",
		"resource": "pipeline:dvc.yaml//train",
		"key": "evaluate",
		"path": [],
		"evidence": {"step": "train"},
	}} with input as pipeline({"train"})
}

test_not_applicable_without_training if {
	{{MODULE}}.deny == set() with input as pipeline({"evaluate"})
	{{MODULE}}.not_applicable == {{
		"msg": "the pipeline trains no model", "key": "", "path": [], "evidence": {},
	}} with input as pipeline({"evaluate"})
}
