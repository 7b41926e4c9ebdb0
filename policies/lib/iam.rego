# AWS roles: who may assume them, and which policy documents they hold. Documents are JSON strings in Terraform and
# objects in CloudFormation.
package probity.lib.iam

import rego.v1

import data.probity.params

document(value) := value if {
	is_object(value)
} else := parsed if {
	is_string(value)
	json.is_valid(value)
	parsed := json.unmarshal(value)
	is_object(parsed)
}

# One or many, as IAM allows it everywhere.
many(value) := value if {
	is_array(value)
} else := [value]

# The statements of a policy document that allow, with the position of each.
allows(policy) := {i: statement |
	some i, statement in many(object.get(policy, "Statement", []))
	is_object(statement)
	statement.Effect == "Allow"
}

trust(role) := document(role.attributes[name]) if {
	some name in ["assume_role_policy", "assume_role_policy_document", "AssumeRolePolicyDocument"]
	role.attributes[name] != null
}

# The services that may assume the role, where that can be read.
services(role) := {service |
	some statement in allows(trust(role))
	some service in many(object.get(statement, ["Principal", "Service"], []))
	is_string(service)
}

ai_service(name) if {
	some principal in params.ai_service_principals
	startswith(name, principal)
}

# The role runs AI workloads: an AI service may assume it.
assumed_by_ai(role) if {
	some service in services(role)
	ai_service(service)
}
