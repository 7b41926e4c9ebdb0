package gatekeeper

violation[{"msg": msg}] {
	provided := {label | input.review.object.metadata.labels[label]}
	required := {"owner"}
	missing := required - provided
	count(missing) > 0
	msg := sprintf("you must provide labels: %v", [missing])
}

allowed_repos := ["registry.example.com/"]

violation[{"msg": msg}] {
	container := input.review.object.spec.containers[_]
	satisfied := [good | repo := allowed_repos[_]; good := startswith(container.image, repo)]
	not any_true(satisfied)
	msg := sprintf("container <%v> has an invalid image repo <%v>, allowed repos are %v", [container.name, container.image, allowed_repos])
}

any_true(list) {
	list[_] == true
}

violation[{"msg": msg}] {
	container := input.review.object.spec.containers[_]
	profile := container.securityContext.seccompProfile.type
	not allowed_profiles[profile]
	msg := sprintf("Seccomp profile '%v' is not allowed for container '%v'", [profile, container.name])
}

allowed_profiles := {"RuntimeDefault", "Localhost"}

violation[{"msg": msg}] {
	volume := input.review.object.spec.volumes[_]
	volume.hostPath
	msg := sprintf("hostPath volumes are not allowed: %v", [volume.name])
}
