# METADATA
# title: Pipeline lock file missing or stale
# description: >-
#   A DVC pipeline does not say which data and parameters its outputs were made from: dvc.lock is missing, lacks a stage,
#   or was written for another command, other dependencies, other parameters or other content of the files that git
#   tracks. Files that only DVC tracks are not compared. A file that may be a pointer of Git LFS, or a parameter file
#   that cannot be read, is inconclusive. Frozen stages may be without an entry.
# scope: package
# related_resources:
#   - ref: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#dvclock-file
#     description: "DVC: dvc.lock"
# custom:
#   id: PB-LCM-002
#   version: 1
#   severity: high
#   scope: repository
#   inputs: [dvc, git]
#   controls:
#     - "EU-AIA:12.1"
#     - "EU-AIA:Annex IV.2.d"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "ISO42001:A.7.5"
#     - "ISO42001:A.6.2.3"
#     - "NIST-800-53:CM-2"
#     - "ATLAS:AML.M0025"
#     - "SOC2:CC8.1"
#   remediation: >-
#     Run dvc repro and commit dvc.lock with the change.
#   applies_when: >-
#     the repository has a dvc.yaml with stages
#   params:
#     - lfs_pointer_size
package probity.lcm_002

import rego.v1

import data.probity.lib.paths
import data.probity.lib.shape
import data.probity.params

pipelines := [document |
	some document in input.documents
	document.kind == "dvc"
	count(shape.member(document.value, "stages")) > 0
]

lock_path(pipeline) := paths.inside(paths.folder(pipeline.path), "dvc.lock")

locks(pipeline) := [document |
	some document in input.documents
	document.kind == "dvc-lock"
	document.path == lock_path(pipeline)
]

present(path) if input.files[path]

unlockable(stage) if object.get(stage, "frozen", false) == true

# A stage that is repeated over a list is locked as `stage@item`.
entries(lock, name) := {entry_name: entry |
	some entry_name, entry in shape.member(lock.value, "stages")
	split(entry_name, "@")[0] == name
}

finding(resource, key, path, message, evidence) := {
	"msg": message, "resource": resource, "key": key, "path": path, "evidence": evidence,
}

# The lock file itself.

deny contains finding(pipeline.subject, "lock", ["stages"], message, {"lock": lock_path(pipeline)}) if {
	some pipeline in pipelines
	count(locks(pipeline)) == 0
	not present(lock_path(pipeline))
	some stage in shape.member(pipeline.value, "stages")
	not unlockable(stage)
	message := sprintf("Pipeline %s has no dvc.lock: what its outputs were made from is not recorded.", [pipeline.path])
}

inconclusive contains finding(pipeline.subject, "lock", ["stages"], message, {"lock": lock_path(pipeline)}) if {
	some pipeline in pipelines
	count(locks(pipeline)) == 0
	present(lock_path(pipeline))
	message := sprintf("The lock file of pipeline %s cannot be read.", [pipeline.path])
}

deny contains finding(pipeline.subject, name, ["stages", name], message, {"stage": name}) if {
	some pipeline in pipelines
	some lock in locks(pipeline)
	some name, stage in shape.member(pipeline.value, "stages")
	not unlockable(stage)
	count(entries(lock, name)) == 0
	message := sprintf("Stage %s of %s is not in dvc.lock: it was never run, or its lock was not committed.", [
		name,
		pipeline.path,
	])
}

# Every stage with its entry in the lock file.
locked contains {"pipeline": pipeline, "lock": lock, "name": name, "stage": stage, "entry": entry} if {
	some pipeline in pipelines
	some lock in locks(pipeline)
	some own, stage in shape.member(pipeline.value, "stages")
	some name, entry in entries(lock, own)
}

stale(at, key, path, what) := finding(
	at.lock.subject,
	sprintf("%s:%s", [at.name, key]),
	array.concat(["stages", at.name], path),
	sprintf("dvc.lock of %s is stale: stage %s was locked with %s.", [at.pipeline.path, at.name, what]),
	{"stage": at.name, "what": key},
)

# A text with a placeholder is not what was run.
plain(value) if {
	text := json.marshal(value)
	not contains(text, "${")
}

deny contains stale(at, "cmd", ["cmd"], "another command") if {
	some at in locked
	is_string(at.stage.cmd)
	is_string(at.entry.cmd)
	plain(at.stage.cmd)
	trim_space(at.stage.cmd) != trim_space(at.entry.cmd)
}

named(dependency) := dependency if {
	is_string(dependency)
} else := name if {
	is_object(dependency)
	some name, _ in dependency
}

deny contains stale(at, sprintf("deps:%s", [path]), [], sprintf("a list of dependencies without %s", [path])) if {
	some at in locked
	some dependency in shape.member(at.stage, "deps")
	path := named(dependency)
	plain(path)
	count([d | some d in shape.member(at.entry, "deps"); same(at, d.path, path)]) == 0
}

# The lock file spells paths as the pipeline does, or from the folder of the stage.
same(_, a, b) if a == b

same(_, a, b) if paths.resolved("", a) == paths.resolved("", b)

# Content that git tracks.

tracked contains {"at": at, "kind": kind, "index": i, "locked": locked_file, "blob": blob} if {
	some at in locked
	some kind in ["deps", "outs"]
	some i, locked_file in shape.member(at.entry, kind)
	is_string(locked_file.md5)
	not endswith(locked_file.md5, ".dir")
	blob := object.get(at.lock, "blobs", {})[locked_file.path]
	blob.md5 != locked_file.md5
	object.get(blob, "md5_of_text", "") != locked_file.md5
}

# A pointer of Git LFS stands for larger content.
pointer(file) if {
	file.blob.size <= params.lfs_pointer_size
	file.locked.size > params.lfs_pointer_size
}

# Too large to be hashed here.
inconclusive contains f if {
	some at in locked
	some kind in ["deps", "outs"]
	some i, locked_file in shape.member(at.entry, kind)
	object.get(at.lock, ["blobs", locked_file.path], "absent") == null
	f := finding(
		at.lock.subject,
		sprintf("%s:%s:%s", [at.name, kind, locked_file.path]),
		["stages", at.name, kind, i, "md5"],
		sprintf("Whether dvc.lock of %s fits %s cannot be told: the file is too large.", [at.pipeline.path, locked_file.path]),
		{"stage": at.name, "what": locked_file.path},
	)
}

words := {"deps": "other content of its dependency", "outs": "other content of its output"}

deny contains f if {
	some file in tracked
	not pointer(file)
	f := stale(
		file.at,
		sprintf("%s:%s", [file.kind, file.locked.path]),
		[file.kind, file.index, "md5"],
		sprintf("%s %s", [words[file.kind], file.locked.path]),
	)
}

inconclusive contains f if {
	some file in tracked
	pointer(file)
	f := finding(
		file.at.lock.subject,
		sprintf("%s:%s:%s", [file.at.name, file.kind, file.locked.path]),
		["stages", file.at.name, file.kind, file.index, "md5"],
		sprintf("Whether dvc.lock of %s fits %s cannot be told: the file may be a pointer of Git LFS.", [
			file.at.pipeline.path,
			file.locked.path,
		]),
		{"stage": file.at.name, "what": file.locked.path},
	)
}

# Parameters.

parameters(at, file) := [document |
	some document in input.documents
	document.path == paths.resolved(paths.folder(at.pipeline.path), file)
	document.kind in {"dvc-params", "yaml", "json"}
]

deny contains f if {
	some at in locked
	some file, values in shape.member(at.entry, "params")
	some document in parameters(at, file)
	some key, old in shape.each(values)
	new := object.get(document.value, split(key, "."), object.get(document.value, key, null))
	new != old
	f := object.union(
		stale(
			at,
			sprintf("params:%s:%s", [file, key]),
			["params", file, key],
			sprintf("%s = %s of %s, which says %s now", [key, json.marshal(old), file, json.marshal(new)]),
		),
		{"evidence": {"old": json.marshal(old), "new": json.marshal(new)}},
	)
}

inconclusive contains f if {
	some at in locked
	some file, _ in shape.member(at.entry, "params")
	present(paths.resolved(paths.folder(at.pipeline.path), file))
	count(parameters(at, file)) == 0
	f := finding(
		at.lock.subject,
		sprintf("%s:params:%s", [at.name, file]),
		["stages", at.name, "params", file],
		sprintf("Whether dvc.lock of %s fits %s cannot be told: its parameters cannot be read.", [at.pipeline.path, file]),
		{"stage": at.name, "what": file},
	)
}

not_applicable contains {"msg": "no dvc.yaml has stages", "key": "", "path": [], "evidence": {}} if count(pipelines) == 0
