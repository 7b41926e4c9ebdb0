package main

import rego.v1

statements contains {"name": name, "statement": statement} if {
	some name, resource in input.Resources
	some statement in resource.Properties.PolicyDocument.Statement
	statement.Effect == "Allow"
}

listed(value) := value if is_array(value)

listed(value) := [value] if is_string(value)

deny contains msg if {
	some found in statements
	some action in listed(found.statement.Action)
	endswith(action, "*")
	msg := sprintf("policy %s allows the action %s", [found.name, action])
}

deny contains msg if {
	some found in statements
	"*" in listed(found.statement.Resource)
	msg := sprintf("IAM policy %s should not allow all resources", [found.name])
}

deny contains msg if {
	some name, policy in input.Resources
	policy.Type == "AWS::IAM::ManagedPolicy"
	some statement in policy.Properties.PolicyDocument.Statement
	statement.Resource == "*"
	statement.Action == "*"
	msg := sprintf("%s allows everything", [name])
}

deny contains msg if {
	some name, role in input.Resources
	role.Type == "AWS::IAM::Role"
	not role.Properties.PermissionsBoundary
	msg := sprintf("IAM role %s has no permissions boundary", [name])
}

deny contains msg if {
	some name, role in input.Resources
	role.Type == "AWS::IAM::Role"
	some arn in role.Properties.ManagedPolicyArns
	endswith(arn, "FullAccess")
	parts := split(arn, "/")
	msg := sprintf("role %s has the managed policy %s", [name, parts[count(parts) - 1]])
}

deny contains msg if {
	some name, role in input.Resources
	role.Type == "AWS::IAM::Role"
	some statement in role.Properties.AssumeRolePolicyDocument.Statement
	statement.Principal.AWS == "*"
	msg := sprintf("%s can be assumed by any account", [name])
}

forbidden := {"AWS::IAM::User", "AWS::IAM::AccessKey"}

deny contains msg if {
	some name, resource in input.Resources
	resource.Type in forbidden
	msg := sprintf("%s is not permitted: %s", [resource.Type, name])
}

deny contains msg if {
	some name, key in input.Resources
	key.Type == "AWS::KMS::Key"
	not key.Properties.EnableKeyRotation
	msg := sprintf("KMS key %s is not rotated", [name])
}

deny contains msg if {
	some name, key in input.Resources
	key.Type == "AWS::KMS::Key"
	some statement in key.Properties.KeyPolicy.Statement
	statement.Principal == "*"
	msg := sprintf("key policy of %s names a wildcard principal", [name])
}

deny contains msg if {
	some name, secret in input.Resources
	secret.Type == "AWS::SecretsManager::Secret"
	not secret.Properties.KmsKeyId
	msg := sprintf("secret %s does not use a customer key", [name])
}

deny contains msg if {
	some name, secret in input.Resources
	secret.Type == "AWS::SecretsManager::Secret"
	secret.Properties.SecretString
	msg := sprintf("Secret %s contains its value in the template", [name])
}

deny contains msg if {
	some name, trail in input.Resources
	trail.Type == "AWS::CloudTrail::Trail"
	not trail.Properties.KMSKeyId
	msg := sprintf("CloudTrail %s does not encrypt its logs with KMS", [name])
}

deny contains msg if {
	some name, trail in input.Resources
	trail.Type == "AWS::CloudTrail::Trail"
	trail.Properties.IsMultiRegionTrail == false
	msg := sprintf("trail %s covers one region only", [name])
}

deny contains msg if {
	some name, trail in input.Resources
	trail.Type == "AWS::CloudTrail::Trail"
	not trail.Properties.EnableLogFileValidation
	msg := sprintf("Log file validation is off for %s", [name])
}
