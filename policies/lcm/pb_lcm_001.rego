# METADATA
# title: "Training not reproducible: no seed"
# description: >-
#   A training step fixes the start of no random number generator: no parameter, hyperparameter or argument of it is
#   called seed or random_state, and the script that it runs neither calls such a function nor passes such an argument.
#   Where the script is not in the repository and no setting names a seed, nobody can tell. Some operations on GPUs stay
#   random with a seed: a pass is a best effort.
# scope: package
# related_resources:
#   - ref: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files
#     description: "DVC: parameters of a stage"
#   - ref: https://pytorch.org/docs/stable/notes/randomness.html
#     description: "PyTorch: reproducibility"
# custom:
#   id: PB-LCM-001
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [pipelines]
#   inputs: [dvc, code, smp, kfp]
#   controls:
#     - "EU-AIA:15.1"
#     - "EU-AIA:12.1"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "NIST-AI-RMF:MEASURE 2.5"
#     - "ISO42001:A.6.2.3"
#   remediation: >-
#     Add a seed parameter to the step and set it in the script.
#   applies_when: >-
#     a DVC, SageMaker or Kubeflow pipeline has a training step
#   params:
#     - seed_arguments
#     - seed_calls
#     - seed_names
#     - seeded_pipelines
package probity.lcm_001

import rego.v1

import data.probity.lib.paths
import data.probity.lib.shape
import data.probity.params

# A step that another pipeline defines is judged there.
training contains {"pipeline": pipeline, "id": id, "node": node} if {
	some pipeline in input.pipelines
	pipeline.source_kind in params.seeded_pipelines
	some id, node in pipeline.nodes
	node.kind == "train"
	not is_string(object.get(node, "taken_from", null))
}

named(text) if regex.match(params.seed_names, text)

# A key of the settings, or a text in them: DVC lists names of parameters.
seeded(step) if {
	walk(object.get(step.node, "settings", {}), [path, value])
	count(path) > 0
	value != null
	says(path[count(path) - 1], value)
}

seeded(step) if regex.match(params.seed_arguments, step.node.cmd)

says(key, _) if {
	is_string(key)
	named(key)
}

says(_, value) if {
	is_string(value)
	named(value)
}

# A DVC stage may name a whole section of its parameters.
seeded(step) if {
	some text in listed(step.node)
	some document in input.documents
	document.kind == "dvc-params"
	paths.folder(document.path) == paths.folder(step.pipeline.path)
	section := object.get(document.value, split(text, "."), null)
	some key, value in shape.each(section)
	value != null
	named(key)
}

seeded(step) if {
	some script in scripts(step)
	some call in script.value.calls
	seeds(call)
}

listed(node) := {text |
	walk(object.get(node, ["settings", "params"], []), [_, text])
	is_string(text)
}

seeds(call) if regex.match(params.seed_calls, call.name)

seeds(call) if {
	some name, value in call.kwargs
	value != null
	named(name)
}

# The value comes from a variable.
seeds(call) if {
	some name in call.open
	named(name)
}

# The Python file that a command runs.
names(step) := {match[1] |
	some match in regex.find_all_string_submatch_n(`([\w./-]+\.(?:py|ipynb))\b`, step.node.cmd, -1)
} | {sprintf("%s.py", [replace(match[1], ".", "/")]) |
	some match in regex.find_all_string_submatch_n(`\s-m\s+([A-Za-z_][\w.]*)`, step.node.cmd, -1)
}

# From the folder of the pipeline, or from the root.
places(step) := {path |
	some name in names(step)
	some path in {name, paths.resolved(paths.folder(step.pipeline.path), name)}
}

python[document.path] := document if {
	some document in input.documents
	document.kind == "python"
}

scripts(step) := [python[path] | some path in places(step)]

finding(step, message) := {
	"msg": sprintf(message, [step.id]),
	"resource": step.node.subject,
	"key": "",
	"path": [],
	"evidence": {"step": step.id, "scripts": sort([script.path | some script in scripts(step)])},
}

# A file that is there and was not read holds none of the names that could fix a seed.
code_known(step) if count(scripts(step)) > 0

code_known(step) if {
	some path in places(step)
	input.files[path]
}

weak(step) if object.get(step.node, "weak", false) == true

unseeded contains step if {
	some step in training
	not seeded(step)
}

deny contains finding(step, "Training step %s fixes no seed, neither in its settings nor in its script.") if {
	some step in unseeded
	not weak(step)
	code_known(step)
}

# Its name alone says that it trains.
review contains finding(step, "Step %s fixes no seed, if it trains a model as its name says.") if {
	some step in unseeded
	weak(step)
	code_known(step)
}

inconclusive contains finding(step, "Whether training step %s fixes a seed cannot be told: its code is not in the repository.") if {
	some step in unseeded
	not code_known(step)
}

not_applicable contains f if {
	count(training) == 0
	f := {"msg": "no DVC, SageMaker or Kubeflow pipeline has a training step", "key": "", "path": [], "evidence": {}}
}
