package main

deny[msg] {
	container := input.spec.containers[_]
	endswith(container.image, ":latest")
	msg := sprintf("%s/%s: container '%s' is using the latest tag for its image (%s), which is an anti-pattern.", [input.kind, input.metadata.name, container.name, container.image])
}

known_registries := ["registry.example.com/", "quay.io/acme/"]

known(image) {
	startswith(image, known_registries[_])
}

deny[msg] {
	container := input.spec.containers[_]
	not known(container.image)
	msg := sprintf("container %s comes from an unknown registry: %s", [container.name, container.image])
}

deny[msg] {
	container := input.spec.containers[_]
	not contains(container.image, "@sha256:")
	msg := sprintf("image of %s is not pinned by a digest", [container.name])
}

deny[msg] {
	container := input.spec.containers[_]
	endswith(container.image, ":latest")
	container.imagePullPolicy != "Always"
	msg := sprintf("%s: latest images must always be pulled", [container.name])
}

deny[msg] {
	container := input.spec.containers[_]
	container.livenessProbe == container.readinessProbe
	msg := sprintf("%s/%s: container '%s' livenessProbe and readinessProbe are equal, which is an anti-pattern.", [input.kind, input.metadata.name, container.name])
}

deny[msg] {
	container := input.spec.containers[_]
	memory := container.resources.requests.memory
	not regex.match("^[0-9]+(M|G|Mi|Gi)$", memory)
	msg := sprintf("container '%s' has a memory request whose unit is not M, G, Mi or Gi: %s", [container.name, memory])
}

gib := 1073741824

deny[msg] {
	upper_bound := 6 * gib
	container := input.spec.containers[_]
	units.parse_bytes(container.resources.limits.memory) > upper_bound
	msg := sprintf("%s/%s: container '%s' has a memory limit of '%s' which is larger than the upper '%dGi' limit.", [input.kind, input.metadata.name, container.name, container.resources.limits.memory, upper_bound / gib])
}

deny[msg] {
	input.spec.containers[_].resources.limits["nvidia.com/gpu"] > 4
	msg := sprintf("%s may use 4 GPUs at most", [input.metadata.name])
}

deny[msg] {
	container := input.spec.containers[_]
	parts := split(container.image, "/")
	not contains(parts[count(parts) - 1], ":")
	msg := sprintf("container %s comes without a tag: %s", [container.name, container.image])
}

deny[msg] {
	input.spec.containers[_].command[_] == "--trust-remote-code"
	msg := sprintf("%s trusts code from a model hub", [input.metadata.name])
}

deny[msg] {
	flag := input.spec.containers[_].args[_]
	flag == "--anonymous-auth=true"
	msg := sprintf("the API of %s lets anonymous users in", [input.metadata.name])
}

deny[msg] {
	input.kind == "Pod"
	input.spec.restartPolicy == "Always"
	msg := sprintf("Pod %s restarts for ever", [input.metadata.name])
}

deny[msg] {
	input.spec.automountServiceAccountToken
	msg := sprintf("service account token is mounted automatically in %s", [input.metadata.name])
}
