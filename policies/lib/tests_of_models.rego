# Which tests of a system the repository shows: in its pipelines, in its reports, in its programs.
package probity.lib.tests_of_models

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.models
import data.probity.lib.nested

# A file belongs to a system by its path; where no system says what belongs to it, every file does.
belongs(systems, index, path) if index in models.owners(systems, path)

belongs(systems, index, _) if count(models.listed(object.get(systems[index], "paths", []))) == 0

# Steps of a kind in the pipelines of a system, by whether they count by more than their name.
steps(repository, index, kind) := {by_name |
	some pipeline in repository.pipelines
	belongs(repository.systems, index, pipeline.path)
	some _, node in pipeline.nodes
	node.kind == kind
	object.get(node, "skipped", false) != true
	by_name := object.get(node, "weak", false)
}

# A report of the system holds a figure with one of these words in its name, or was written by a tool.
reported(repository, index, words, _) if {
	some metric in repository.metrics
	concerns(repository.systems, index, metric)
	some text in [metric.name, object.get(metric, "family", "")]
	is_string(text)
	some word in words
	datasets.holds(text, word)
}

reported(repository, index, _, tools) if {
	some document in repository.documents
	document.kind == "evaluation-report"
	belongs(repository.systems, index, document.path)
	some key in tools
	object.get(document.value, key, null) != null
}

concerns(systems, index, metric) if belongs(systems, index, metric.path)

concerns(systems, index, metric) if {
	some name in models.listed(object.get(systems[index], "models", []))
	models.alike(name, metric.model.name)
}

# A program of the system imports one of these packages.
imports(repository, index, packages) if {
	some document in repository.documents
	document.kind == "python"
	belongs(repository.systems, index, document.path)
	some name in nested.items(document.value.imports)
	split(name, ".")[0] in packages
}
