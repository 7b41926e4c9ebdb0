# METADATA
# title: "GPU workload without limits, quota or node isolation"
# description: >-
#   A workload asks for accelerators (GPUs, their MIG or time-sliced shares, TPUs, Neuron devices) without a
#   limit, in a namespace without a quota for them, or without anything that places it on the nodes that have
#   them. A queue with a quota of its own (Kueue, Volcano, Run:ai, YuniKorn) counts as one. Quotas that are kept
#   in another repository cannot be seen here.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
#     description: "Kubernetes, schedule GPUs"
#   - ref: https://kubernetes.io/docs/concepts/policy/resource-quotas/
#     description: "Kubernetes, resource quotas"
# custom:
#   id: PB-CMP-001
#   version: 1
#   severity: medium
#   scope: repository
#   resources: kubernetes
#   inputs:
#     - k8s
#   controls:
#     - "NIST-AI-RMF:MANAGE 2.1"
#     - "NIST-AI-RMF:MEASURE 2.12"
#     - "ISO42001:A.4.5"
#     - "OWASP-LLM:LLM10:2025"
#     - "SOC2:A1.1"
#     - "EU-AIA:13.3.e"
#     - "UNESCO:31"
#   remediation: >-
#     Add a ResourceQuota with requests.nvidia.com/gpu, set limits, and a nodeSelector with tolerations of the
#     GPU pool.
#   applies_when: >-
#     a workload of the repository asks for an accelerator
#   params:
#     - accelerator_resources
#     - quota_schedulers
#     - quota_labels
package probity.cmp_001

import rego.v1

import data.probity.lib.accelerators
import data.probity.lib.pods
import data.probity.params

# Containers that ask for accelerators: {"owner", "found", "names"}.
consumers contains {"owner": owner, "found": found, "names": names} if {
	some owner in input.resources
	owner.system == "kubernetes"
	some found in pods.containers(owner.attributes)
	names := accelerators.requested(found.container)
	count(names) > 0
}

finding(consumer, problem, path, message) := {
	"msg": sprintf(message, [pods.title(consumer.owner), concat(", ", sort(consumer.names))]),
	"resource": consumer.owner.subject,
	"key": concat(":", [consumer.found.key, problem]),
	"path": path,
	"evidence": {"accelerators": sort(consumer.names), "problem": problem},
}

resources_path(consumer) := array.concat(consumer.found.path, ["resources"])

deny contains finding(consumer, "limits", resources_path(consumer), "%s asks for %s without a limit: set it.") if {
	some consumer in consumers
	limits := object.get(consumer.found.container, ["resources", "limits"], {})
	count(consumer.names - object.keys(limits)) > 0
}

namespace(owner) := object.get(owner, "namespace", "")

# What the quotas of a namespace limit.
limited(name) := {resource |
	some quota in input.resources
	quota.type == "ResourceQuota"
	namespace(quota) == name
	is_object(quota.attributes.spec.hard)
	some key, _ in quota.attributes.spec.hard
	resource := trim_prefix(key, "requests.")
}

queued(owner, _) if {
	metadata := object.get(owner.attributes, "metadata", {})
	some part in ["labels", "annotations"]
	some label in params.quota_labels
	metadata[part][label]
}

queued(_, spec) if spec.schedulerName in params.quota_schedulers

# The pod spec that a container stands in.
spec_of(consumer) := object.get(consumer.owner.attributes, spec_path(consumer), {})

spec_path(consumer) := array.slice(consumer.found.path, 0, depth) if {
	ends := {"containers", "initContainers", "ephemeralContainers", "model"}
	depth := min({i | some i, step in consumer.found.path; step in ends})
}

no_quota := "%s asks for %s in a namespace without a quota for it: add a ResourceQuota."

deny contains finding(consumer, "quota", resources_path(consumer), no_quota) if {
	some consumer in consumers
	not queued(consumer.owner, spec_of(consumer))
	count(consumer.names - limited(namespace(consumer.owner))) > 0
}

placed(spec) if count(object.get(spec, "nodeSelector", {})) > 0

placed(spec) if count(object.get(spec, ["affinity", "nodeAffinity"], {})) > 0

placed(spec) if count(object.get(spec, "tolerations", [])) > 0

anywhere := "%s asks for %s and names no node pool: add a nodeSelector with tolerations."

deny contains finding(consumer, "isolation", spec_path(consumer), anywhere) if {
	some consumer in consumers
	not placed(spec_of(consumer))
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(consumers) == 0
	reason := "no workload asks for an accelerator"
}
