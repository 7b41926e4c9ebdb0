package probity.lcm_004_test

import rego.v1

import data.probity.lcm_004

package_(name, specifier, path) := {
	"name": name, "specifier": specifier, "path": path, "url": null, "group": null, "locked": false,
	"subject": sprintf("document:%s", [path]), "at": [0, "name"],
}

lock(name, path) := object.union(package_(name, "==1.0", path), {"locked": true})

repository(packages) := {
	"pipelines": [{"nodes": {"train": {"kind": "train"}}}], "documents": [], "files": {}, "images": [], "packages": packages,
}

keys(case) := {f.key | some f in denied} if denied := lcm_004.deny with input as case

passes(case) if {
	keys(case) == set()
	lcm_004.not_applicable == set() with input as case
}

torch(specifier) := package_("torch", specifier, "train/requirements.txt")

test_pinned_packages_pass if {
	passes(repository([torch("==2.4.0"), package_("numpy", "===1.26", "train/requirements.txt")]))
	passes(repository([object.union(torch(""), {"url": "git+https://x@11bd71901bbe5b1630ceea73d27597364c9af683"})]))
}

test_open_versions if {
	lcm_004.deny == {{
		"msg": "The training environment train/requirements.txt leaves the version open of numpy, torch.",
		"resource": "document:train/requirements.txt",
		"key": "packages",
		"path": [],
		"evidence": {"packages": "numpy, torch"},
	}} with input as repository([torch(">=2"), package_("numpy", "", "train/requirements.txt")])
	every specifier in ["==2.*", "~=2.4", "==2.4,<3", ""] {
		keys(repository([torch(specifier)])) == {"packages"}
	}
}

test_lock_file if {
	passes(repository([torch(">=2"), lock("Torch", "uv.lock")]))
	passes(repository([torch(">=2"), lock("torch", "train/poetry.lock")]))
	keys(repository([torch(">=2"), lock("torch", "serve/poetry.lock")])) == {"packages"}
	keys(repository([torch(">=2"), lock("torch", "tra/poetry.lock")])) == {"packages"}
	keys(repository([torch(">=2"), lock("torchvision", "uv.lock")])) == {"packages"}
}

test_other_files_and_groups_do_not_count if {
	passes(repository([package_("flask", "", "web/requirements.txt")]))
	passes(repository([torch("==2"), object.union(package_("pytest", "", "train/requirements.txt"), {"group": "dev"})]))
	passes(repository([torch("==2"), package_("pytest", "", "web/requirements.txt")]))
}

image := {
	"image": "python:3.12", "used": "base", "pinned": false, "resolved": true, "path": "train/Dockerfile",
	"subject": "document:train/Dockerfile", "at": [0, "value"],
}

with_image(changes) := object.union(repository([torch("==2")]), {"images": [object.union(image, changes)]})

test_base_image_without_a_digest if {
	lcm_004.deny == {{
		"msg": "The training environment of train/Dockerfile starts from python:3.12, which has no digest.",
		"resource": "document:train/Dockerfile",
		"key": "image:python:3.12",
		"path": [0, "value"],
		"evidence": {"image": "python:3.12"},
	}} with input as with_image({})
	every changes in [{"pinned": true}, {"used": "runs"}, {"resolved": false}, {"path": "web/Dockerfile"}] {
		passes(with_image(changes))
	}
}

mlflow(value) := object.union(
	object.union(repository([]), {"pipelines": []}),
	{"documents": [{"kind": "mlflow-model", "path": "m/MLmodel", "subject": "document:m/MLmodel", "value": value}]},
)

test_mlflow_model_without_an_environment if {
	lcm_004.deny == {{
		"msg": "MLflow model m/MLmodel names no environment: neither its flavor nor a file beside it does.",
		"resource": "document:m/MLmodel",
		"key": "environment",
		"path": [],
		"evidence": {"path": "m/MLmodel"},
	}} with input as mlflow({"flavors": {"python_function": {}}})
	passes(mlflow({"flavors": {"python_function": {"env": {"conda": "conda.yaml"}}}}))
	passes(object.union(mlflow({}), {"files": {"m/requirements.txt": {"size": 1}}}))
	keys(object.union(mlflow({}), {"files": {"requirements.txt": {"size": 1}}})) == {"environment"}
}

test_repository_that_trains_nothing_is_not_applicable if {
	case := object.union(repository([torch("")]), {"pipelines": [{"nodes": {"a": {"kind": "deploy"}}}]})
	idle := object.union(object.remove(case, ["pipelines"]), {"pipelines": []})
	keys(idle) == set()
	{n.msg | some n in lcm_004.not_applicable} == {"the repository trains no model"} with input as idle
	deploys := object.union(idle, {"pipelines": [{"nodes": {"a": {"kind": "deploy"}}}], "images": [image]})
	keys(deploys) == set()
	project := {"documents": [{"kind": "mlflow-project", "path": "MLproject", "value": {}}]}
	keys(object.union(idle, project)) == {"packages"}
}
