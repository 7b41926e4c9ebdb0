package main

import rego.v1

name := input.metadata.name

kind := input.kind

is_deployment if input.kind == "Deployment"

pod := input.spec.template if is_deployment

containers contains container if {
	some key in ["containers", "initContainers"]
	container := pod.spec[key][_]
}

recommended if {
	input.metadata.labels["app.kubernetes.io/name"]
	input.metadata.labels["app.kubernetes.io/version"]
	input.metadata.labels["app.kubernetes.io/managed-by"]
}

deny contains msg if {
	is_deployment
	not recommended
	msg := sprintf("%s must include Kubernetes recommended labels", [name])
}

deny contains msg if {
	is_deployment
	input.metadata.namespace == "default"
	msg := sprintf("Deployment %s must not run in the default namespace", [name])
}

deny contains msg if {
	is_deployment
	not input.spec.template.spec.securityContext.runAsNonRoot
	msg := sprintf("Containers must not run as root in Deployment %s", [name])
}

required_selectors if {
	input.spec.selector.matchLabels.app
	input.spec.selector.matchLabels.release
}

deny contains msg if {
	is_deployment
	not required_selectors
	msg := sprintf("Deployment %s must provide app/release labels for pod selectors", [name])
}

deny contains msg if {
	is_deployment
	input.spec.replicas < 2
	msg := sprintf("Deployment %s needs at least 2 replicas", [name])
}

missing(object, field) if not object[field]

deny contains msg if {
	is_deployment
	not pod.spec.affinity.podAntiAffinity
	msg := sprintf("%s/%s has no pod anti-affinity", [kind, name])
}

deny contains msg if {
	pod.spec.hostNetwork
	msg := sprintf("The %s %s is connected to the host network", [kind, name])
}

deny contains msg if {
	pod.spec.hostPID
	msg := sprintf("The %s %s is sharing the host PID", [kind, name])
}

deny contains msg if {
	pod.spec.serviceAccountName == "default"
	msg := sprintf("%s uses the default service account", [name])
}

deny contains msg if {
	some container in containers
	not container.resources.limits.memory
	msg := sprintf("%s in the %s %s does not have a memory limit set", [container.name, kind, name])
}

no_read_only_filesystem(c) if not c.securityContext

no_read_only_filesystem(c) if not c.securityContext.readOnlyRootFilesystem

deny contains msg if {
	some container in containers
	no_read_only_filesystem(container)
	msg := sprintf("%s in the %s %s is not using a read only root filesystem", [container.name, kind, name])
}

dropped(container, capability) if container.securityContext.capabilities.drop[_] == capability

deny contains msg if {
	some container in containers
	not dropped(container, "ALL")
	msg := sprintf("%s in the %s %s doesn't drop all capabilities", [container.name, kind, name])
}

added(container, capability) if container.securityContext.capabilities.add[_] == capability

deny contains msg if {
	some container in containers
	added(container, "SYS_ADMIN")
	msg := sprintf("%s in the %s %s has SYS_ADMIN capabilities", [container.name, kind, name])
}

deny contains msg if {
	some container in containers
	not container.livenessProbe
	msg := sprintf("container %s of %s/%s has no liveness probe", [container.name, kind, name])
}

deny contains msg if {
	some container in containers
	container.securityContext.privileged
	msg := sprintf("%s in the %s %s is privileged", [container.name, kind, name])
}

deny contains msg if {
	some container in containers
	container.securityContext.runAsUser < 10000
	msg := sprintf("%s in the %s %s has a UID of less than 10000", [container.name, kind, name])
}

deny contains msg if {
	some container in containers
	container.securityContext.allowPrivilegeEscalation
	msg := sprintf("%s in the %s %s allows privilege escalation", [container.name, kind, name])
}

deny contains msg if {
	some container in containers
	to_number(container.resources.limits.cpu) > 16
	msg := sprintf("container %s asks for %s CPUs, the most is 16", [container.name, container.resources.limits.cpu])
}

deny contains msg if {
	some container in containers
	some port in container.ports
	port.hostPort
	msg := sprintf("%s binds the host port %d", [container.name, port.hostPort])
}

deny contains msg if {
	some container in containers
	some env in container.env
	endswith(env.name, "_TOKEN")
	env.value
	msg := sprintf("%s has the token %s in plain text", [container.name, env.name])
}

deny contains msg if {
	some container in containers
	some env in container.env
	env.valueFrom.secretKeyRef
	msg := sprintf("container %s has a secret '%s' mounted as an environment variable", [container.name, env.valueFrom.secretKeyRef.name])
}

deny contains msg if {
	some volume in pod.spec.volumes
	volume.hostPath.path == "/var/run/docker.sock"
	msg := sprintf("The %s %s is mounting the Docker socket", [kind, name])
}

mounted(volume) if containers[_].volumeMounts[_].name == volume.name

deny contains msg if {
	some volume in pod.spec.volumes
	not volume.hostPath
	not mounted(volume)
	msg := sprintf("%s/%s: volume '%s' is not mounted by any container", [kind, name, volume.name])
}
