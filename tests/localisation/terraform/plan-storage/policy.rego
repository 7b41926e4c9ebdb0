package terraform.sagemaker

import rego.v1

resources(type) := [r |
	some r in input.resource_changes
	r.type == type
	some action in r.change.actions
	action in {"create", "update"}
]

allowed_instances := {"ml.t3.medium", "ml.m5.large"}

deny contains msg if {
	some r in resources("aws_sagemaker_notebook_instance")
	r.change.after.direct_internet_access == "Enabled"
	msg := sprintf("%s has direct internet access", [r.address])
}

deny contains msg if {
	some r in resources("aws_sagemaker_notebook_instance")
	r.change.after.root_access != "Disabled"
	msg := sprintf("Root access is not disabled on %s", [r.address])
}

deny contains msg if {
	some r in resources("aws_sagemaker_notebook_instance")
	not r.change.after.kms_key_id
	msg := sprintf("%s: no customer managed key", [r.address])
}

deny contains msg if {
	some r in resources("aws_sagemaker_notebook_instance")
	not allowed_instances[r.change.after.instance_type]
	msg := sprintf("%s: instance type %s is not on the list", [r.address, r.change.after.instance_type])
}

deny contains msg if {
	some r in resources("aws_sagemaker_model")
	not r.change.after.enable_network_isolation
	msg := sprintf("model %s is not isolated from the network", [r.address])
}

deny contains msg if {
	some r in resources("aws_sagemaker_model")
	some container in r.change.after.primary_container
	not startswith(container.image, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/")
	msg := sprintf("%s runs an image from outside our registry", [r.address])
}

deny contains msg if {
	some r in resources("aws_sagemaker_endpoint_configuration")
	not captures(r.change.after)
	msg := sprintf("%s does not capture data", [r.address])
}

captures(after) if {
	some config in after.data_capture_config
	config.enable_capture == true
}

deny contains msg if {
	some r in resources("aws_sagemaker_endpoint_configuration")
	some variant in r.change.after.production_variants
	variant.initial_instance_count < 2
	msg := sprintf("endpoint %s has a variant with one instance only", [r.address])
}

deny contains msg if {
	some r in resources("aws_cloudwatch_log_group")
	days := r.change.after.retention_in_days
	days < 90
	msg := sprintf("logs in %s are kept for %d days, fewer than 90", [r.address, days])
}

deny contains msg if {
	some r in resources("aws_cloudwatch_log_group")
	not r.change.after.kms_key_id
	msg := sprintf("log group %s is not encrypted with KMS", [r.address])
}

deny contains msg if {
	some r in resources("aws_security_group")
	some rule in r.change.after.ingress
	some cidr in rule.cidr_blocks
	cidr == "0.0.0.0/0"
	msg := sprintf("%s is open to the internet on port %d", [r.address, rule.from_port])
}

deny contains msg if {
	some r in resources("aws_kms_key")
	not r.change.after.enable_key_rotation == true
	msg := sprintf("KMS key %s is not rotated", [r.address])
}

deny contains msg if {
	some r in input.planned_values.root_module.resources
	r.type == "aws_instance"
	r.values.associate_public_ip_address
	msg := sprintf("%s gets a public IP address", [r.address])
}

deny contains msg if {
	some r in input.planned_values.root_module.resources
	r.type == "aws_instance"
	not tokens_required(r.values)
	msg := sprintf("instance %s answers IMDSv1", [r.address])
}

tokens_required(values) if values.metadata_options[_].http_tokens == "required"

deny contains msg if {
	some r in input.planned_values.root_module.resources
	r.type == "aws_instance"
	some device in r.values.root_block_device
	device.encrypted == false
	msg := sprintf("root device of %s is unencrypted", [r.address])
}

deny contains msg if {
	some r in input.planned_values.root_module.resources
	r.type == "aws_instance"
	object.get(r.values, "iam_instance_profile", null) == null
	msg := sprintf("EC2 instance %s has no IAM profile", [r.address])
}
