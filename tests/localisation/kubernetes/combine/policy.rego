package main

import rego.v1

deny contains msg if {
	some file in input
	file.contents.kind == "Deployment"
	labels := file.contents.spec.template.metadata.labels
	not has_budget(labels)
	msg := sprintf("Deployment %s has no PodDisruptionBudget", [file.contents.metadata.name])
}

has_budget(labels) if {
	some file in input
	file.contents.kind == "PodDisruptionBudget"
	file.contents.spec.selector.matchLabels == labels
}

deny contains msg if {
	some file in input
	file.contents.kind == "Service"
	not selects(file.contents.spec.selector)
	msg := sprintf("Service %s selects no Deployment", [file.contents.metadata.name])
}

selects(selector) if {
	some file in input
	file.contents.kind == "Deployment"
	file.contents.spec.template.metadata.labels == selector
}

deny contains msg if {
	some file in input
	file.contents.kind == "Namespace"
	namespace := file.contents.metadata.name
	not namespace in policed
	msg := sprintf("Namespace %s does not have a NetworkPolicy", [namespace])
}

policed contains file.contents.metadata.namespace if {
	some file in input
	file.contents.kind == "NetworkPolicy"
}
