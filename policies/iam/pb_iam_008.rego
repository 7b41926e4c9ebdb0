# METADATA
# title: Kubernetes inference/training workload uses default or over-privileged service account
# description: >-
#   A workload that serves or trains a model runs with the default service account or with more power over its
#   node than it needs (privileged containers, the host's namespaces, root). A service account that is bound to
#   cluster-admin is reported at the binding. Deployments, jobs and other pods count when they ask for an
#   accelerator. Whether a container of a KServe runtime runs as root is judged at the runtime. Helpers that need
#   privilege (device plugins, exporters, mesh init containers) are left out by name.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#     description: Kubernetes pod security standards
#   - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
#     description: Configure service accounts for pods
# custom:
#   id: PB-IAM-008
#   version: 1
#   severity: high
#   scope: [resource, repository]
#   resources: kubernetes
#   selects:
#     - InferenceService
#     - LLMInferenceService
#     - ServingRuntime
#     - ClusterServingRuntime
#     - Notebook
#     - RayCluster
#     - RayJob
#     - RayService
#     - PyTorchJob
#     - TFJob
#     - MPIJob
#     - XGBoostJob
#     - Pod
#     - Deployment
#     - StatefulSet
#     - DaemonSet
#     - ReplicaSet
#     - Job
#     - CronJob
#   inputs:
#     - k8s
#   controls:
#     - "NIST-800-53:AC-6"
#     - "SOC2:CC6.3"
#     - "ATLAS:AML.M0019"
#     - "ATLAS:AML.M0032"
#     - "EU-AIA:15.5"
#     - "CIS-v8.1:4.1"
#   remediation: >-
#     Give the workload a service account of its own and a securityContext that sets runAsNonRoot and goes
#     without privileged.
#   applies_when: >-
#     the object serves or trains a model, or asks for an accelerator
#   aliases:
#     - CKV_K8S_16
#     - CKV_K8S_17
#     - CKV_K8S_18
#     - CKV_K8S_19
#   params:
#     - ai_workload_kinds
#     - accelerator_resources
#     - privileged_helpers
package probity.iam_008

import rego.v1

import data.probity.lib.accelerators
import data.probity.lib.pods
import data.probity.params

runtimes := {"ServingRuntime", "ClusterServingRuntime"}

serves(resource) if resource.type in params.ai_workload_kinds

serves(resource) if resource.type in runtimes

serves(resource) if {
	some found in pods.containers(resource.attributes)
	count(accelerators.requested(found.container)) > 0
}

# The object that is judged. The input is not handed on whole: that would count as reading all of a repository.
self := {"type": input.type, "name": input.name, "attributes": input.attributes}

relevant if serves(self)

components := {"predictor", "transformer", "explainer"}

# The pod specs of an object: what holds containers, and the components of an inference service.
specs(resource) := {spec |
	some place in pods.places(resource.attributes)
	body := object.get(resource.attributes, place.path, {})
	holds_pod(place.label, body)
	spec := {"label": place.label, "path": place.path, "body": body}
}

holds_pod(_, body) if is_array(body.containers)

holds_pod(label, _) if label in components

finding(label, name, path, message) := {
	"msg": sprintf(message, [pods.title(self)]),
	"key": trim_prefix(concat("/", [label, name]), "/"),
	"path": path,
	"evidence": {"setting": name},
}

account(spec) := name if {
	name := object.get(spec.body, "serviceAccountName", object.get(spec.body, "serviceAccount", ""))
	name != ""
} else := "default"

# Without a token the account opens nothing in the cluster.
deny contains object.union(found, {"severity": severity(spec)}) if {
	relevant
	not input.type in runtimes
	some spec in specs(self)
	account(spec) == "default"
	path := array.concat(spec.path, [name | some name in ["serviceAccountName"]; spec.body[name]])
	found := finding(spec.label, "serviceAccountName", path, "%s runs with the default service account: give it its own.")
}

severity(spec) := "medium" if {
	spec.body.automountServiceAccountToken == false
} else := "high"

deny contains finding(spec.label, name, array.concat(spec.path, [name]), message) if {
	relevant
	some spec in specs(self)
	some name in ["hostNetwork", "hostPID", "hostIPC"]
	spec.body[name] == true
	message := concat("", ["%s shares ", name, " with its node: switch it off."])
}

helper(container) if {
	some pattern in params.privileged_helpers
	some text in [object.get(container, "name", ""), object.get(container, "image", "")]
	regex.match(pattern, text)
}

deny contains finding(found.key, "privileged", path, "%s has a privileged container: drop the privilege.") if {
	relevant
	some found in pods.containers(input.attributes)
	found.container.securityContext.privileged == true
	not helper(found.container)
	path := array.concat(found.path, ["securityContext", "privileged"])
}

# Containers listed in a pod spec; KServe's `model` takes its user from the runtime.
deny contains finding(found.key, "runAsNonRoot", path, "%s may run as root: set securityContext.runAsNonRoot.") if {
	relevant
	some spec in specs(self)
	some found in pods.listed(input.attributes)
	array.slice(found.path, 0, count(spec.path)) == spec.path
	found.path[count(spec.path)] == "containers"
	not helper(found.container)
	own := object.get(found.container, "securityContext", {})
	not unprivileged_user(own, object.get(spec.body, "securityContext", {}))
	path := user_path(found)
}

user_path(found) := array.concat(found.path, ["securityContext"]) if {
	found.container.securityContext
} else := found.path

# What the container says goes before what the pod says.
unprivileged_user(container, pod) if {
	object.get(container, "runAsNonRoot", object.get(pod, "runAsNonRoot", false)) == true
}

unprivileged_user(container, pod) if {
	user := object.get(container, "runAsUser", object.get(pod, "runAsUser", 0))
	is_number(user)
	user > 0
}

# The accounts of the workloads, and what binds them to everything.
accounts contains {"name": account(spec), "namespace": object.get(resource, "namespace", "")} if {
	some resource in input.resources
	resource.system == "kubernetes"
	serves(resource)
	not resource.type in runtimes
	some spec in specs(resource)
}

deny contains f if {
	some binding in input.resources
	binding.type == "ClusterRoleBinding"
	binding.attributes.roleRef.name == "cluster-admin"
	is_array(binding.attributes.subjects)
	some i, subject in binding.attributes.subjects
	subject.kind == "ServiceAccount"
	holder := {"name": subject.name, "namespace": object.get(subject, "namespace", "")}
	holder in accounts
	f := {
		"msg": sprintf("%s gives the service account %s of an AI workload all rights in the cluster.", [
			pods.title(binding),
			subject.name,
		]),
		"resource": binding.subject,
		"key": concat("/", ["cluster-admin", holder.namespace, holder.name]),
		"path": ["subjects", i],
		"evidence": {"service_account": holder.name, "namespace": holder.namespace},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	input.type
	not relevant
	reason := "the object neither serves nor trains a model and asks for no accelerator"
}
