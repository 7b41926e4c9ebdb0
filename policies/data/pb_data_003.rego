# METADATA
# title: Dataset card or Croissant file missing for a training dataset
# description: >-
#   A dataset that reaches a training step is described nowhere: there is no dataset card and no Croissant file in its
#   tree, none that names it as its distribution, and .probity/data-inventory.yaml links none (card). Only data that
#   enter a pipeline are asked for; public benchmark datasets and datasets of the Hugging Face hub have their card
#   upstream. Unknown is a dataset that may reach training over a part that cannot be read.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 10 and 11"
#   - ref: https://docs.mlcommons.org/croissant/docs/croissant-spec.html
#     description: "Croissant format"
#   - ref: https://huggingface.co/docs/hub/datasets-cards
#     description: "Hugging Face: dataset cards"
# custom:
#   id: PB-DATA-003
#   version: 1
#   severity: medium
#   scope: repository
#   inputs: [dcard, dvc, kfp, git]
#   controls:
#     - "EU-AIA:10.2.b"
#     - "EU-AIA:11.1"
#     - "EU-AIA:Annex IV.2.d"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "NIST-AI-RMF:MAP 2.3"
#     - "ISO42001:A.7.5"
#     - "ISO42001:A.7.3"
#     - "ATLAS:AML.M0025"
#     - "NIST-AI-600-1:MS-2.5-005"
#     - "G7-CoC:3"
#   remediation: >-
#     Add a dataset card (README.md with front matter) or a Croissant file beside the data, or link one as card in
#     .probity/data-inventory.yaml; fill in collection, provenance, sensitive information and biases.
#   applies_when: >-
#     a pipeline has a training step that a dataset reaches
#   params:
#     - public_datasets
package probity.data_003

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.graph as g
import data.probity.lib.nested
import data.probity.lib.pipeline as p

# Pipelines that train on data that they name: the others, often large, need no look.
training := [pipeline |
	some pipeline in input.pipelines
	kinds := {node.kind | some _, node in pipeline.nodes}
	count({"train", "dataset"} - kinds) == 0
]

# Data that enter a pipeline, by what reaches training for certain and what may.
used[certainty] contains {"name": node.name, "subject": node.subject, "training": sink} if {
	some pipeline in training
	some certainty, edges in {"certain": g.certain(pipeline), "possible": g.possible(pipeline)}
	made := {next | some _, successors in edges; some next in successors}
	some source in p.of_kind(pipeline, {"dataset"}) - made
	node := pipeline.nodes[source]
	some id in graph.reachable(edges, {source})
	pipeline.nodes[id].kind == "train"
	not p.elsewhere(pipeline, source, id)
	sink := pipeline.nodes[id].name
}

names(certainty) := {use.name | some use in used[certainty]}

cards := [document | some document in input.documents; document.kind in {"dataset-card", "croissant"}]

inventory := object.get(input.records, "data-inventory", {})

# A card stands in the folder of the data or above, or within it.
described(name) if {
	some card in cards
	home := datasets.folder(card.path)
	some pair in [[name, home], [home, name]]
	pair[1] != ""
	datasets.within(pair[0], pair[1])
}

# A card at the root describes all data of the repository.
described(name) if {
	not contains(name, "://")
	some card in cards
	datasets.folder(card.path) == ""
}

# A Croissant file says where its data lie.
described(name) if {
	some card in cards
	some place in places(card.value)
	datasets.within(name, place)
}

described(name) if {
	some entry in datasets.declared(inventory, name)
	is_string(entry.card)
	entry.card != ""
}

described(name) if datasets.public(name)

described(name) if startswith(name, "hf://")

places(value) := {place |
	some file in nested.items(object.get(value, "distribution", []))
	place := file.contentUrl
	is_string(place)
} | {value.url | is_string(value.url)}

finding(certainty, name, message) := {
	"msg": sprintf(message, [name, p.listed(sinks)]),
	"resource": subject,
	"key": name,
	"path": [],
	"evidence": {"dataset": name, "training": sort([id | some id in sinks])},
} if {
	sinks := {use.training | some use in used[certainty]; use.name == name}
	subject := min({use.subject | some use in used[certainty]; use.name == name})
}

deny contains f if {
	some name in names("certain")
	not described(name)
	f := finding(
		"certain", name,
		"Dataset %s, which training step %s reads, has neither a dataset card nor a Croissant file.",
	)
}

inconclusive contains f if {
	some name in names("possible") - names("certain")
	not described(name)
	f := finding(
		"possible", name,
		concat("", [
			"Dataset %s has neither a dataset card nor a Croissant file, ",
			"and whether training step %s reads it cannot be resolved.",
		]),
	)
}

not_applicable contains f if {
	count(names("possible")) == 0
	f := {"msg": "no dataset that a pipeline names reaches a training step", "key": "", "path": [], "evidence": {}}
}
