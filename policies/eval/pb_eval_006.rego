# METADATA
# title: Generative model deployed without safety evaluation
# description: >-
#   A generative system (by its record, its resources or a LiteLLM gateway) has no report of a safety evaluation, or
#   none that is newer than the last change of its prompts, models and guardrails. A report counts by its tool (garak,
#   promptfoo) or by a figure such as toxicity, injection or leakage. Dates are those of the commits, never of files.
#   What belongs to a system is told by paths; generative parts that belong to no declared system are judged together.
#   Unknown is a date that the history does not give. What the report found is not judged.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act)"
#   - ref: https://doi.org/10.6028/NIST.AI.600-1
#     description: "NIST AI 600-1, Generative AI Profile"
# custom:
#   id: PB-EVAL-006
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs: [eval, ci, llmgw, card]
#   controls:
#     - "NIST-AI-600-1:MS-2.6-006"
#     - "NIST-AI-600-1:MS-2.6-007"
#     - "NIST-AI-600-1:MS-2.7-007"
#     - "NIST-AI-600-1:MS-2.11-001"
#     - "EU-AIA:55.1.a"
#     - "EU-AIA:15.5"
#     - "OWASP-LLM:LLM01:2025"
#     - "OWASP-LLM:LLM09:2025"
#     - "ATLAS:AML.M0008"
#     - "G7-CoC:1"
#     - "G7-CoC:2"
#   remediation: >-
#     Run a red-team or safety evaluation (garak, promptfoo) after each change of prompt, model or guardrail, and
#     commit its report.
#   applies_when: >-
#     the repository has a generative system
#   params:
#     - safety_words
#     - generative_kinds
#     - generative_types
#     - prompt_paths
#     - generic_model_words
package probity.eval_006

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.external
import data.probity.lib.models
import data.probity.params

id := "PB-EVAL-006"

# What makes a system generative, and whose change asks for a new evaluation: the systems it belongs to, and its file.
parts contains {"owners": owners, "path": r.path} if {
	types := params.generative_types
	some r in input.resources
	r.type in types
	owners := models.holders(input.systems, r.subject) | models.owners(input.systems, r.path)
}

parts contains {"owners": models.owners(input.systems, document.path), "path": document.path} if {
	some document in input.documents
	document.kind == "litellm"
}

prompts contains {"owners": models.owners(input.systems, path), "path": path} if {
	patterns := params.prompt_paths
	some path, _ in input.files
	some pattern in patterns
	regex.match(pattern, lower(path))
}

generative(index) if {
	some part in parts
	index in part.owners
}

generative(index) if {
	some key in ["type", "model_kind", "kind"]
	lower(input.systems[index][key]) in params.generative_kinds
}

# Systems by their place in the declaration, and -1 for what belongs to none.
subjects := {index | some index, _ in input.systems; generative(index)} | {-1 |
	some part in parts
	count(part.owners) == 0
}

mine(-1, owners) if count(owners) == 0

mine(index, owners) if index in owners

changed(index) := {part.path | some part in parts | prompts; mine(index, part.owners)}

reports(index) := {path |
	some path in safety_reports
	about(index, path)
}

about(index, path) if mine(index, models.owners(input.systems, path))

# A report that belongs to no declared system may be about any.
about(_, path) if count(models.owners(input.systems, path)) == 0

safety_reports contains metric.path if {
	some metric in input.metrics
	some text in [metric.name, object.get(metric, "dataset", ""), object.get(metric, "family", "")]
	is_string(text)
	some word in params.safety_words
	datasets.holds(text, word)
}

safety_reports contains document.path if {
	some document in input.documents
	document.kind == "evaluation-report"
	some key in ["evals", "evalId", "entry_type"]
	object.get(document.value, key, null) != null
}

date(path) := time.parse_rfc3339_ns(input.history.last_changed[path].date)

latest(paths) := max({date(path) | some path in paths})

dated(paths) if {
	count(paths) > 0
	every path in paths { date(path) }
}

shown(-1) := "The generative part of the repository"

shown(index) := sprintf("System %s", [input.systems[index].id]) if index >= 0

# The part that changed last; of several, the first by name.
newest(index) := min({path | some path in changed(index); date(path) == latest(changed(index))})

finding(index, mode, message) := object.union(place(index), {
	"msg": sprintf("%s %s.", [shown(index), message]),
	"key": group(index),
	"path": [],
	"evidence": {"mode": mode, "reports": sort(reports(index))},
})

place(index) := {"resource": sprintf("system:%s", [input.systems[index].id])} if {
	index >= 0
} else := {}

group(index) := "" if {
	index >= 0
} else := "undeclared"

deny contains f if {
	not external.evidence(input.config, id)
	some index in subjects
	count(reports(index)) == 0
	f := finding(index, "missing", "has no report of a safety evaluation; run one and commit its report")
}

deny contains f if {
	not external.evidence(input.config, id)
	some index in subjects
	dated(reports(index))
	dated(changed(index))
	latest(reports(index)) < latest(changed(index))
	f := finding(index, "stale", sprintf("has no safety evaluation since %s changed; run it again", [newest(index)]))
}

inconclusive contains f if {
	not external.evidence(input.config, id)
	some index in subjects
	count(reports(index)) > 0
	count(changed(index)) > 0
	undated(index)
	f := finding(index, "undated", "has a safety evaluation, and whether it is newer than its last change is not known")
}

undated(index) if not dated(reports(index))

undated(index) if not dated(changed(index))

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains external.reason(input.config, id)

reasons contains "the repository has no generative system" if count(subjects) == 0
