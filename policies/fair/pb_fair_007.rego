# METADATA
# title: Fairness evaluation data missing from version control lineage
# description: >-
#   A fairness stage of a DVC pipeline depends on no data set whose content dvc.lock records, or on the very data that
#   the model was trained on, so that nobody can say later what the fairness result was measured on. Programs,
#   settings and what the training stage makes are not counted as data. Data that another stage makes count, with the
#   hash that the lock file has for them. Only DVC is looked at.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 10 and 13"
#   - ref: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files
#     description: "dvc.yaml and dvc.lock"
# custom:
#   id: PB-FAIR-007
#   version: 1
#   severity: medium
#   scope: repository
#   inputs: [dvc, eval, git]
#   controls:
#     - "EU-AIA:10.3"
#     - "EU-AIA:12.1"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "ISO42001:A.7.5"
#     - "ATLAS:AML.M0025"
#   remediation: >-
#     Track the evaluation set with DVC, list it in the deps of the fairness stage, and keep it apart from the
#     training data.
#   applies_when: >-
#     unless the system declares affects_persons: false; a DVC pipeline has a fairness stage
#   params:
#     - program_extensions
package probity.fair_007

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.models
import data.probity.lib.nested
import data.probity.lib.pipeline as p
import data.probity.params

# The fairness stages of DVC pipelines, by the stage in the file: `fair@a` is one of `fair`.
stages contains {"pipeline": pipeline, "id": id, "node": node} if {
	some pipeline in input.pipelines
	pipeline.source_kind == "dvc"
	some id in p.of_kind(pipeline, {"fairness"})
	node := pipeline.nodes[id]
	not is_string(object.get(node, "taken_from", null))
}

judged := {stage |
	some stage in stages
	not models.exempt(input.systems, models.owners(input.systems, stage.pipeline.path))
}

locks(pipeline) := [document.value |
	some document in input.documents
	document.kind == "dvc-lock"
	datasets.folder(document.path) == datasets.folder(pipeline.path)
]

# Null where the stage is in no lock file.
locked(pipeline, id) := object.get(nested.entries(locks(pipeline)[0].stages), stage_name(id), null) if {
	count(locks(pipeline)) > 0
} else := null

# A stage of several commands becomes several steps, `stage +1`.
stage_name(id) := regex.replace(id, ` \+[0-9]+$`, "")

deps(entry) := nested.items(object.get(entry, "deps", []))

outs(entry) := nested.items(object.get(entry, "outs", []))

hash(item) := value if {
	some key in ["md5", "etag", "checksum", "version_id"]
	value := item[key]
	is_string(value)
}

training(pipeline) := [entry |
	some id in p.of_kind(pipeline, {"train"})
	entry := locked(pipeline, id)
]

made(pipeline) := {out.path | some entry in training(pipeline); some out in outs(entry)}

trained_on(pipeline) := {hash(item) | some entry in training(pipeline); some item in deps(entry); is_data(item.path)}

is_data(path) if {
	parts := split(path, ".")
	not parts[count(parts) - 1] in params.program_extensions
	not path in {"src", "scripts", "code"}
}

# The data that the stage measures on.
measured_on(stage) := [item |
	some item in deps(locked(stage.pipeline, stage.id))
	is_string(item.path)
	is_data(item.path)
	not item.path in made(stage.pipeline)
]

hashes(stage) := {hash(item) | some item in measured_on(stage)}

finding(stage, mode, message) := {
	"msg": sprintf("Fairness stage %s %s.", [stage.id, message]),
	"resource": stage.node.subject,
	"key": "",
	"path": [],
	"evidence": {"stage": stage.id, "mode": mode, "data": sort({item.path | some item in measured_on(stage)})},
}

deny contains f if {
	some stage in judged
	not is_object(locked(stage.pipeline, stage.id))
	f := {
		"msg": sprintf(
			"Fairness stage %s is not in dvc.lock: what it measures on is not recorded; run and commit it.",
			[stage.id],
		),
		"resource": stage.node.subject, "key": "", "path": [],
		"evidence": {"stage": stage.id, "mode": "unlocked", "data": []},
	}
}

deny contains f if {
	some stage in judged
	is_object(locked(stage.pipeline, stage.id))
	count(measured_on(stage)) == 0
	f := finding(stage, "no-data", "depends on no data set; list the evaluation set in its deps")
}

deny contains f if {
	some stage in judged
	count(measured_on(stage)) > 0
	count(hashes(stage)) == 0
	f := finding(stage, "no-hash", "measures on data whose content dvc.lock does not record; track them with DVC")
}

deny contains f if {
	some stage in judged
	count(hashes(stage)) > 0
	count(hashes(stage) - trained_on(stage.pipeline)) == 0
	f := finding(stage, "training-data", "measures on the data that the model was trained on; give it a set of its own")
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "no DVC pipeline has a fairness stage" if count(stages) == 0

reasons contains "the systems of the pipelines declare affects_persons: false" if {
	count(stages) > 0
	count(judged) == 0
}
