# METADATA
# title: Kubernetes inference route exposed without authentication
# description: >-
#   An inference service can be called from outside the cluster, and nothing asks the caller who he is. A service
#   passes when a label keeps it inside the cluster, when an AuthorizationPolicy or RequestAuthentication of
#   Istio selects it, or when OpenDataHub's authentication is switched on. The label is read by the mode of
#   deployment; where no annotation tells the mode, either label counts. Authentication at a gateway that is kept
#   in another repository cannot be seen here.
# scope: package
# related_resources:
#   - ref: https://kserve.github.io/website/docs/admin-guide/kubernetes-deployment
#     description: KServe deployment modes
#   - ref: https://knative.dev/docs/serving/services/private-services/
#     description: Knative private services
# custom:
#   id: PB-NET-006
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs:
#     - k8s
#   controls:
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0019"
#     - "ATLAS:AML.M0004"
#     - "OWASP-ML:ML05:2023"
#     - "SOC2:CC6.6"
#     - "NIST-800-53:AC-3"
#   remediation: >-
#     Label the service cluster-local (networking.knative.dev/visibility in Knative mode,
#     networking.kserve.io/visibility in standard mode), or add an AuthorizationPolicy that selects it.
#   applies_when: >-
#     the repository has an InferenceService
package probity.net_006

import rego.v1

services contains resource if {
	some resource in input.resources
	resource.system == "kubernetes"
	resource.type == "InferenceService"
}

metadata(resource) := object.get(resource.attributes, "metadata", {})

labels(resource) := object.get(metadata(resource), "labels", {})

annotations(resource) := object.get(metadata(resource), "annotations", {})

knative := "networking.knative.dev/visibility"

standard := "networking.kserve.io/visibility"

# Which of the two labels the service's mode of deployment reads.
read_by := {"Serverless": {knative}, "Knative": {knative}, "RawDeployment": {standard}, "Standard": {standard}}

label_names(service) := object.get(read_by, mode, {knative, standard}) if {
	mode := object.get(annotations(service), "serving.kserve.io/deploymentMode", "")
}

inside(service) if {
	some name in label_names(service)
	labels(service)[name] == "cluster-local"
}

guarded(service) if annotations(service)["security.opendatahub.io/enable-auth"] in {"true", true}

guarded(service) if {
	some policy in input.resources
	policy.type in {"AuthorizationPolicy", "RequestAuthentication"}
	spec := object.get(policy.attributes, "spec", {})
	not lets_everybody_in(spec)
	selects(policy, spec, service)
}

# An empty rule of an allowing policy matches every request.
lets_everybody_in(spec) if {
	object.get(spec, "action", "ALLOW") == "ALLOW"
	is_array(spec.rules)
	some rule in spec.rules
	rule == {}
}

selects(policy, spec, service) if {
	object.get(policy, "namespace", "") == object.get(service, "namespace", "")
	wanted := object.get(spec, ["selector", "matchLabels"], {})
	not spec.targetRefs
	every name, value in wanted { worn(service)[name] == value }
}

# The labels of the service and those that KServe gives to its pods.
worn(service) := object.union(labels(service), {
	"serving.kserve.io/inferenceservice": service.name,
	"component": "predictor",
	"app": sprintf("isvc.%s-predictor", [service.name]),
})

deny contains f if {
	some service in services
	not inside(service)
	not guarded(service)
	f := {
		"msg": sprintf(
			"InferenceService %s is exposed without authentication: keep it in the cluster or authorise its callers.",
			[service.name],
		),
		"resource": service.subject,
		"key": "exposed",
		"path": place(service),
		"evidence": {"visibility_labels": sort(label_names(service))},
	}
}

# The label that says otherwise, else where it would stand.
place(service) := ["metadata", "labels", name] if {
	name := min([n | some n in label_names(service); labels(service)[n]])
} else := ["metadata", "labels"] if {
	count(labels(service)) > 0
} else := ["metadata"] if {
	count(metadata(service)) > 0
} else := []

not_applicable contains {"msg": "the repository has no InferenceService", "key": "", "path": [], "evidence": {}} if {
	count(services) == 0
}
