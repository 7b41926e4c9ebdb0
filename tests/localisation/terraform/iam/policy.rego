package main

deny[msg] {
	statement := json.unmarshal(input.resource.aws_iam_policy[name][_].policy).Statement[_]
	statement.Effect == "Allow"
	statement.Action == "*"
	statement.Resource == "*"
	msg := sprintf("policy %s allows every action on everything", [name])
}

deny[msg] {
	statement := input.data.aws_iam_policy_document[name][_].statement[_]
	action := statement.actions[_]
	endswith(action, ":*")
	msg := sprintf("document %s grants %s", [name, action])
}

deny[msg] {
	statement := input.data.aws_iam_policy_document[name][_].statement[_]
	statement.principals[_].identifiers[_] == "*"
	msg := sprintf("document `%s` is meant for everybody", [name])
}

deny[msg] {
	input.resource.aws_iam_user[name]
	msg := sprintf("IAM users are not allowed: %s", [name])
}

deny[msg] {
	key := input.resource.aws_iam_access_key[name][_]
	user := input.resource.aws_iam_user[other]
	contains(key.user, other)
	msg := sprintf("long-lived key %s for user %s", [name, other])
}

deny[msg] {
	attachment := input.resource.aws_iam_role_policy_attachment[name][_]
	endswith(attachment.policy_arn, "/AdministratorAccess")
	msg := sprintf("attachment %s gives role %s AdministratorAccess", [name, attachment.role])
}

deny[msg] {
	policy := input.resource.aws_iam_account_password_policy[name][_]
	not policy.max_password_age
	msg := sprintf("password policy %s never expires passwords", [name])
}

deny[msg] {
	policy := input.resource.aws_iam_account_password_policy[name][_]
	policy.minimum_password_length < 14
	msg := sprintf("Passwords need 14 characters, %s asks for %d", [name, policy.minimum_password_length])
}

deny[msg] {
	policy := input.resource.aws_iam_account_password_policy[name][_]
	not policy.require_symbols
	msg := sprintf("password policy `%s` does not require symbols", [name])
}

deny[msg] {
	seconds := input.resource.aws_iam_role[name][_].max_session_duration
	seconds > 3600
	msg := sprintf("sessions of role %s last %d seconds", [name, seconds])
}

deny[msg] {
	document := json.unmarshal(input.resource.aws_iam_role[name][_].assume_role_policy)
	document.Statement[_].Principal.AWS == "*"
	msg := sprintf("role %s can be assumed by anyone", [name])
}

deny[msg] {
	repository := input.resource.aws_ecr_repository[name][_]
	not repository.image_tag_mutability == "IMMUTABLE"
	msg := sprintf("tags in %s can be overwritten", [name])
}

deny[msg] {
	repository := input.resource.aws_ecr_repository[name][_]
	not repository.image_scanning_configuration[0].scan_on_push
	msg := sprintf("repository %s: images are not scanned on push", [name])
}

deny[msg] {
	cluster := input.resource.aws_eks_cluster[name][_]
	not cluster.encryption_config
	msg := sprintf("EKS cluster %s does not encrypt secrets", [name])
}

deny[msg] {
	cluster := input.resource.aws_eks_cluster[name][_]
	cluster.vpc_config[_].endpoint_public_access
	msg := sprintf("Endpoint of EKS cluster %s is public", [name])
}

deny[msg] {
	cluster := input.resource.aws_eks_cluster[name][_]
	logged := {type | type := cluster.enabled_cluster_log_types[_]}
	not logged.audit
	msg := sprintf("cluster %s does not log audit", [name])
}
