package probity.net_006_test

import rego.v1

import data.probity.net_006

object_(kind, name, namespace, metadata, spec) := {
	"system": "kubernetes", "type": kind, "name": name, "namespace": namespace,
	"subject": sprintf("kubernetes:k8s//%s/%s/%s", [kind, namespace, name]),
	"attributes": {"kind": kind, "metadata": metadata, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/all.yaml",
}

repository(resources) := {"resources": resources, "pipelines": [], "systems": [], "documents": []}

service(metadata) := object_("InferenceService", "credit", "ml", metadata, {})

labelled(labels) := service({"name": "credit", "labels": labels})

paths(resources) := {f.path | some f in results} if results := net_006.deny with input as repository(resources)

passes(resources) if paths(resources) == set()

exposed(resources) if count(paths(resources)) == 1

knative := "networking.knative.dev/visibility"

standard := "networking.kserve.io/visibility"

test_exposed if {
	net_006.deny == {{
		"msg": concat("", [
			"InferenceService credit is exposed without authentication: ",
			"keep it in the cluster or authorise its callers.",
		]),
		"resource": "kubernetes:k8s//InferenceService/ml/credit",
		"key": "exposed",
		"path": ["metadata"],
		"evidence": {"visibility_labels": [knative, standard]},
	}} with input as repository([service({"name": "credit"})])
}

test_place if {
	paths([labelled({"team": "ml"})]) == {["metadata", "labels"]}
	paths([labelled({standard: "exposed"})]) == {["metadata", "labels", standard]}
	paths([object.remove(service({}), ["x"])]) == {[]}
}

test_labels if {
	passes([labelled({knative: "cluster-local"})])
	passes([labelled({standard: "cluster-local"})])
	exposed([labelled({"visibility": "cluster-local"})])
}

in_mode(mode, label) := service({
	"name": "credit",
	"annotations": {"serving.kserve.io/deploymentMode": mode},
	"labels": {label: "cluster-local"},
})

test_label_of_the_mode if {
	passes([in_mode("Serverless", knative)])
	passes([in_mode("Knative", knative)])
	passes([in_mode("RawDeployment", standard)])
	passes([in_mode("Standard", standard)])
	exposed([in_mode("Serverless", standard)])
	exposed([in_mode("Knative", standard)])
	exposed([in_mode("RawDeployment", knative)])
	exposed([in_mode("Standard", knative)])
}

test_opendatahub if {
	annotation := "security.opendatahub.io/enable-auth"
	passes([service({"name": "credit", "annotations": {annotation: "true"}})])
	exposed([service({"name": "credit", "annotations": {annotation: "false"}})])
}

policy(kind, namespace, spec) := object_(kind, "guard", namespace, {"name": "guard"}, spec)

selecting(labels) := {"selector": {"matchLabels": labels}}

test_policies_that_select_the_service if {
	mine := selecting({"serving.kserve.io/inferenceservice": "credit"})
	foreign := selecting({"serving.kserve.io/inferenceservice": "x"})
	every kind in ["AuthorizationPolicy", "RequestAuthentication"] {
		passes([service({}), policy(kind, "ml", mine)])
		passes([service({}), policy(kind, "ml", {})])
		exposed([service({}), policy(kind, "other", {})])
		exposed([service({}), policy(kind, "ml", foreign)])
	}
	passes([service({}), policy("AuthorizationPolicy", "ml", selecting({"component": "predictor"}))])
	passes([service({}), policy("AuthorizationPolicy", "ml", selecting({"app": "isvc.credit-predictor"}))])
	passes([labelled({"team": "a"}), policy("AuthorizationPolicy", "ml", selecting({"team": "a"}))])
	exposed([service({}), policy("NetworkPolicy", "ml", {})])
	exposed([service({}), policy("AuthorizationPolicy", "ml", {"targetRefs": [{"kind": "Gateway", "name": "g"}]})])
}

test_policy_that_allows_everything if {
	exposed([service({}), policy("AuthorizationPolicy", "ml", {"rules": [{}]})])
	exposed([service({}), policy("AuthorizationPolicy", "ml", {"action": "ALLOW", "rules": [{}]})])
	passes([service({}), policy("AuthorizationPolicy", "ml", {"action": "DENY", "rules": [{}]})])
	passes([service({}), policy("AuthorizationPolicy", "ml", {"rules": [{"from": [{"source": {"principals": ["a"]}}]}]})])
}

test_no_service if {
	case := repository([object_("Service", "credit", "ml", {}, {})])
	net_006.deny == set() with input as case
	net_006.not_applicable == {{
		"msg": "the repository has no InferenceService", "key": "", "path": [], "evidence": {},
	}} with input as case
	net_006.not_applicable == set() with input as repository([service({})])
}
