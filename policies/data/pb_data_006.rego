# METADATA
# title: "Train/validation/test leakage: same path used for training and evaluation"
# description: >-
#   Training and evaluation read the same rows: the same file of data (DVC), the same named output of a step
#   (SageMaker, Kubeflow), or the same S3 URI of a file. A shared folder, or a shared validation channel, may hold
#   both splits and is shown for review. Code, settings, and what else two steps share are left out, and so is what
#   the scripts do with the rows.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Article 10"
# custom:
#   id: PB-DATA-006
#   version: 1
#   severity: high
#   scope: module
#   selects:
#     - pipeline
#   inputs: [dvc, smp, kfp, mlflow]
#   controls:
#     - "EU-AIA:10.3"
#     - "EU-AIA:15.1"
#     - "NIST-AI-RMF:MEASURE 2.3"
#     - "NIST-AI-RMF:MEASURE 2.5"
#     - "ISO42001:A.6.2.4"
#     - "ISO42001:A.7.4"
#   remediation: >-
#     Split the rows once and give training and evaluation different outputs of the split step.
#   applies_when: >-
#     the pipeline has a training step and an evaluation step that name the data they read
#   params:
#     - table_extensions
#     - validation_channels
package probity.data_006

import rego.v1

import data.probity.lib.nested
import data.probity.lib.pipeline as p
import data.probity.params

pipeline := input.pipeline

nodes := pipeline.nodes

# What a step reads: the artifact, where it is named, whether it surely is one set of rows, and its channel.
reads(id) := (dependencies(id) | channels(id)) | (processed(id) | artifacts(id))

settings(id) := object.get(nodes[id], "settings", {})

# DVC: paths, relative to the working directory of the stage.
dependencies(id) := {found |
	some index, dependency in nested.items(object.get(settings(id), "deps", []))
	some path in written(dependency)
	not contains(path, "${")
	kind := kind_of(path)
	found := {
		"artifact": concat("/", [object.get(settings(id), "wdir", "."), path]),
		"path": ["deps", index], "rows": kind == "table", "channel": "",
	}
	kind != "other"
}

written(dependency) := {dependency} if is_string(dependency)

written(dependency) := {path | some path, _ in dependency} if is_object(dependency)

kind_of(path) := "table" if {
	extension(path) in params.table_extensions
} else := "folder" if {
	extension(path) == ""
} else := "other"

extension(path) := lower(parts[count(parts) - 1]) if {
	names := split(trim_suffix(path, "/"), "/")
	parts := split(names[count(names) - 1], ".")
	count(parts) > 1
	parts[0] != ""
} else := ""

# SageMaker: channels of a training job.
channels(id) := {found |
	some index, channel in nested.items(object.get(settings(id), "InputDataConfig", []))
	uri := channel.DataSource.S3DataSource.S3Uri
	found := {
		"artifact": uri, "rows": rows(uri), "channel": lower(object.get(channel, "ChannelName", "")),
		"path": ["InputDataConfig", index, "DataSource", "S3DataSource", "S3Uri"],
	}
	located(uri)
}

# SageMaker: inputs of a processing job but its program and the model.
processed(id) := {found |
	some index, given in nested.items(object.get(settings(id), "ProcessingInputs", []))
	not lower(object.get(given, "InputName", "")) in {"code", "sourcecode"}
	uri := given.S3Input.S3Uri
	located(uri)
	found := {
		"artifact": uri, "rows": rows(uri), "channel": "",
		"path": ["ProcessingInputs", index, "S3Input", "S3Uri"],
	}
}

# A named output of a step is one artifact, whatever lies in it; the model is none that training reads.
located(uri) if is_string(uri)

located(uri) if {
	is_string(uri.Get)
	not contains(uri.Get, "ModelArtifacts")
}

rows(uri) if is_object(uri)

rows(uri) := kind_of(uri) == "table" if is_string(uri)

# Kubeflow: outputs of other tasks.
artifacts(id) := {found |
	some name, given in nested.entries(object.get(settings(id), ["inputs", "artifacts"], {}))
	output := given.taskOutputArtifact
	found := {
		"artifact": sprintf("%s of %s", [output.outputArtifactKey, output.producerTask]),
		"path": ["inputs", "artifacts", name], "rows": true, "channel": "",
	}
}

inputs(kind) := [{"step": id, "read": read} |
	some id in p.of_kind(pipeline, {kind})
	some read in reads(id)
]

pairs contains pair if {
	some given in inputs("train")
	some used in inputs("evaluate")
	given.read.artifact == used.read.artifact
	not p.elsewhere(pipeline, given.step, used.step)
	pair := {
		"train": given.step, "evaluate": used.step, "read": used.read, "surely": surely(given.read, used.read),
	}
}

surely(given, used) if {
	given.rows
	used.rows
	not given.channel in params.validation_channels
} else := false

shown(artifact) := artifact.Get if {
	is_object(artifact)
} else := trim_prefix(artifact, "./")

finding(pair, message) := {
	"msg": sprintf(message, [pair.evaluate, shown(pair.read.artifact), pair.train]),
	"resource": nodes[pair.evaluate].subject,
	"key": sprintf("%s:%s", [pair.train, shown(pair.read.artifact)]),
	"path": pair.read.path,
	"evidence": {"training": pair.train, "evaluation": pair.evaluate, "artifact": shown(pair.read.artifact)},
}

certainly(pair) if {
	pair.surely
	every id in {pair.train, pair.evaluate} { not p.by_name(pipeline, id) }
}

deny contains f if {
	some pair in pairs
	certainly(pair)
	f := finding(pair, "Evaluation step %s reads %s, which training step %s reads too; give it rows of its own.")
}

review contains f if {
	some pair in pairs
	not certainly(pair)
	f := finding(pair, "Evaluation step %s reads %s, which training step %s reads too; see that their rows differ.")
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

kinds := {"train": "training", "evaluate": "evaluation"}

reasons contains sprintf("the pipeline has no %s step", [word]) if {
	some kind, word in kinds
	count(p.of_kind(pipeline, {kind})) == 0
}

reasons contains sprintf("no %s step names the data that it reads", [word]) if {
	some kind, word in kinds
	count(p.of_kind(pipeline, {kind})) > 0
	count(inputs(kind)) == 0
	not settings_lost
}

# A pipeline whose settings are cut for their size says nothing about what its steps read.
settings_lost if {
	some lack in p.missing(pipeline)
	lack.at == "settings"
}

inconclusive contains f if {
	settings_lost
	every kind, _ in kinds { count(p.of_kind(pipeline, {kind})) > 0 }
	f := {
		"msg": "What training and evaluation read cannot be seen: the settings of the pipeline are too large.",
		"key": "settings", "path": [], "evidence": {},
	}
}
