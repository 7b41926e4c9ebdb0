# METADATA
# title: Unpinned training environment
# description: >-
#   Where the repository trains models, a requirements file or project names packages that train models and leaves the
#   version of a package open, and no lock file (uv.lock, poetry.lock, a compiled requirements file) in the same folder or
#   above fixes it. A Dockerfile beside such a file starts from an image without a digest, or an MLflow model names no
#   environment. Packages of development groups are left out. The content of conda.yaml is not read; MLflow writes the
#   same packages to requirements.txt.
# scope: package
# related_resources:
#   - ref: https://pip.pypa.io/en/stable/topics/repeatable-installs/
#     description: "pip: repeatable installs"
# custom:
#   id: PB-LCM-004
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [pipelines]
#   inputs: [code, mlflow, dvc]
#   controls:
#     - "EU-AIA:15.1"
#     - "ISO42001:A.4.4"
#     - "NIST-800-53:CM-2"
#     - "SOC2:CC8.1"
#     - "NIST-AI-RMF:MEASURE 2.1"
#   remediation: >-
#     Pin every package with ==, or commit the lock file; pin base images by digest.
#   applies_when: >-
#     a pipeline has a training step, or the repository holds an MLflow model or project
#   params:
#     - training_frameworks
package probity.lcm_004

import rego.v1

import data.probity.lib.cards
import data.probity.lib.paths
import data.probity.params

trains if {
	some pipeline in input.pipelines
	some node in pipeline.nodes
	node.kind == "train"
}

trains if {
	some document in input.documents
	document.kind in {"mlflow-model", "mlflow-project"}
}

plain(name) := regex.replace(lower(name), `[-_.]+`, "-")

# Files that name a package that trains.
environments := {entry.path |
	some entry in input.packages
	entry.locked == false
	plain(entry.name) in params.training_frameworks
}

pinned(entry) if regex.match(`^\s*===?\s*[^*,]+$`, entry.specifier)

pinned(entry) if regex.match(`@[0-9a-f]{40}|#sha256=[0-9a-f]{64}|\.whl$`, entry.url)

# A lock file in the folder of the file, or in one above.
pinned(entry) if {
	name := plain(entry.name)
	some folder in locks[name]
	above(folder, paths.folder(entry.path))
}

# The folders of the lock files that fix a package.
locks[name] contains folder if {
	some lock in input.packages
	lock.locked == true
	name := plain(lock.name)
	folder := paths.folder(lock.path)
}

above("", _) := true

above(upper, folder) if startswith(sprintf("%s/", [folder]), sprintf("%s/", [upper]))

loose(path) := {entry.name |
	some entry in input.packages
	entry.path == path
	entry.locked == false
	entry.group == null
	not pinned(entry)
}

finding(subject, key, path, message, evidence) := {
	"msg": message, "resource": subject, "key": key, "path": path, "evidence": evidence,
}

deny contains finding(sprintf("document:%s", [path]), "packages", [], message, {"packages": names}) if {
	trains
	some path in environments
	count(loose(path)) > 0
	names := concat(", ", sort(loose(path)))
	message := sprintf("The training environment %s leaves the version open of %s.", [path, names])
}

deny contains finding(image.subject, sprintf("image:%s", [image.image]), image.at, message, {"image": image.image}) if {
	trains
	some image in input.images
	image.used == "base"
	image.pinned == false
	image.resolved == true
	paths.folder(image.path) in {paths.folder(path) | some path in environments}
	message := sprintf("The training environment of %s starts from %s, which has no digest.", [image.path, image.image])
}

named(document) if cards.filled(object.get(document.value, ["flavors", "python_function", "env"], null))

named(document) if {
	some name in ["requirements.txt", "conda.yaml", "python_env.yaml"]
	input.files[paths.inside(paths.folder(document.path), name)]
}

deny contains finding(document.subject, "environment", [], message, {"path": document.path}) if {
	some document in input.documents
	document.kind == "mlflow-model"
	not named(document)
	message := sprintf("MLflow model %s names no environment: neither its flavor nor a file beside it does.", [document.path])
}

not_applicable contains {"msg": "the repository trains no model", "key": "", "path": [], "evidence": {}} if not trains
