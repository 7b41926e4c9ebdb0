package main

import rego.v1

name := input.metadata.name

deny contains msg if {
	input.kind == "Service"
	input.spec.type == "LoadBalancer"
	msg := sprintf("Service %s is exposed to the internet", [name])
}

deny contains msg if {
	input.kind == "Service"
	some ip in input.spec.externalIPs
	msg := sprintf("service %s claims the external IP %s", [name, ip])
}

deny contains msg if {
	input.kind == "Service"
	some port in input.spec.ports
	port.port in {80, 8080}
	msg := sprintf("Service '%s' serves plain HTTP on port %d", [name, port.port])
}

deny contains msg if {
	input.kind == "Ingress"
	input.apiVersion == "extensions/v1beta1"
	msg := sprintf("Ingress %s: API extensions/v1beta1 has been deprecated, use networking.k8s.io/v1 instead.", [name])
}

deny contains msg if {
	input.kind == "Ingress"
	not has_class
	msg := sprintf("ingress %s names no ingress class", [name])
}

has_class if input.metadata.annotations["kubernetes.io/ingress.class"]

deny contains msg if {
	input.metadata.annotations["nginx.ingress.kubernetes.io/ssl-redirect"] == "false"
	msg := sprintf("%s: HTTPS redirect is switched off", [name])
}

deny contains msg if {
	input.kind == "Ingress"
	not input.spec.tls
	msg := sprintf("Ingress %s has no TLS", [name])
}

deny contains msg if {
	input.kind == "Ingress"
	host := input.spec.rules[_].host
	contains(host, "*")
	msg := sprintf("Ingress %s has the wildcard host %s", [name, host])
}

deny contains msg if {
	input.kind in {"Role", "ClusterRole"}
	some rule in input.rules
	"secrets" in rule.resources
	some verb in rule.verbs
	verb in {"get", "list", "watch", "*"}
	msg := sprintf("%s %s may read secrets", [input.kind, name])
}

deny contains msg if {
	input.kind in {"Role", "ClusterRole"}
	input.rules[_].verbs[_] == "*"
	msg := sprintf("%s %s has a wildcard verb", [input.kind, name])
}

deny contains msg if {
	input.kind == "ClusterRoleBinding"
	input.roleRef.name == "cluster-admin"
	msg := sprintf("binding %s hands out cluster-admin", [name])
}

deny contains msg if {
	input.kind == "ClusterRoleBinding"
	some subject in input.subjects
	subject.name in {"system:unauthenticated", "system:anonymous"}
	msg := sprintf("binding %s includes %s", [name, subject.name])
}

missing_field(obj, field) if obj[field] == ""

missing_field(obj, field) if not has_field(obj, field)

has_field(obj, field) if not object.get(obj, field, "N_DEFINED") == "N_DEFINED"

deny contains msg if {
	input.kind == "RoleBinding"
	missing_field(input.roleRef, "apiGroup")
	msg := sprintf("%s/%s: roleRef.apiGroup key is null, use rbac.authorization.k8s.io instead.", [input.kind, name])
}

deny contains msg if {
	input.kind == "ConfigMap"
	some key, _ in input.data
	contains(key, "secret")
	msg := sprintf("ConfigMap %s holds the credential %s", [name, key])
}

deny contains msg if {
	input.kind == "Route"
	not input.spec.tls.termination
	msg := sprintf("%s/%s: TLS termination type not set.", [input.kind, name])
}

deny contains msg if {
	input.kind == "PersistentVolumeClaim"
	"ReadWriteMany" in input.spec.accessModes
	msg := sprintf("claim %s can be written by many pods", [name])
}

deny contains msg if {
	input.kind == "PersistentVolumeClaim"
	storage := input.spec.resources.requests.storage
	units.parse_bytes(storage) > units.parse_bytes("1Ti")
	msg := sprintf("PVC %s asks for %s of storage, more than 1Ti", [name, storage])
}

deny contains msg if {
	input.kind == "NetworkPolicy"
	some rule in input.spec.ingress
	not rule.from
	msg := sprintf("NetworkPolicy %s admits traffic from everywhere", [name])
}

deny contains msg if {
	input.kind == "CronJob"
	not input.spec.concurrencyPolicy
	msg := sprintf("CronJob %s has no concurrency policy", [name])
}

deny contains msg if {
	input.kind == "CronJob"
	startswith(input.spec.schedule, "* ")
	msg := sprintf("CronJob %s runs every minute", [name])
}

deny contains msg if {
	input.kind == "HorizontalPodAutoscaler"
	input.spec.maxReplicas < input.spec.minReplicas
	msg := sprintf("HorizontalPodAutoscaler %s: maxReplicas is lower than minReplicas", [name])
}
