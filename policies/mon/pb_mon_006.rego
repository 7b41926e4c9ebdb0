# METADATA
# title: Single-instance production variant / no autoscaling or rollback
# description: >-
#   A production variant runs on one instance, so a failure stops the service; an endpoint has no alarm that rolls a
#   bad deployment back; an inference service of KServe keeps fewer than two replicas. Serverless variants and
#   variants that scale to at least the minimum pass. Shadow variants and what is tagged as not in production are
#   left out. Whether a change of KServe is rolled out as a canary cannot be seen in one revision.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
#     description: AWS Security Hub controls for SageMaker
# custom:
#   id: PB-MON-006
#   version: 1
#   severity: low
#   scope: [module, resource]
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#     - InferenceService
#   inputs: [tf, cfn, k8s]
#   controls:
#     - "EU-AIA:15.4"
#     - "NIST-AI-RMF:MANAGE 2.4"
#     - "SOC2:A1.2"
#     - "NIST-800-53:CP-9"
#     - "OECD:1.4"
#   remediation: >-
#     Raise the count to two or more, and add auto_rollback_configuration with alarms to the endpoint's
#     deployment_config.
#   aliases:
#     - SageMaker.4
#     - SAGEMAKER_ENDPOINT_CONFIG_PROD_INSTANCE_COUNT
#     - sagemaker_endpoint_config_prod_variant_instances
#   applies_when: >-
#     the root holds a SageMaker endpoint or its configuration, or it is an inference service, in production
#   params:
#     - minimum_instances
#     - nonproduction_environments
package probity.mon_006

import rego.v1

import data.probity.lib.endpoints
import data.probity.lib.pods
import data.probity.lib.reading
import data.probity.params

configuration_types := {
	"aws_sagemaker_endpoint_configuration",
	"awscc_sagemaker_endpoint_config",
	"AWS::SageMaker::EndpointConfig",
}

configurations contains r if {
	some r in input.resources
	r.type in configuration_types
}

variants(configuration) := reading.blocks(configuration, reading.whole(configuration), "production_variants")

enough(number) if reading.number(number) >= params.minimum_instances

scaled(configuration, variant) if {
	some scaling in reading.blocks(configuration, variant, "managed_instance_scaling")
	enough(reading.value(configuration, scaling, "min_instance_count", 0))
}

# Application Auto Scaling names the variant in the id of what it scales.
scaled(configuration, variant) if {
	some target in input.resources
	target.type in {"aws_appautoscaling_target", "AWS::ApplicationAutoScaling::ScalableTarget"}
	some name in ["resource_id", "ResourceId"]
	endswith(target.attributes[name], sprintf("/variant/%s", [
		reading.value(configuration, variant, "variant_name", "AllTraffic"),
	]))
	some minimum in ["min_capacity", "MinCapacity"]
	enough(target.attributes[minimum])
}

serverless(configuration, variant) if count(reading.blocks(configuration, variant, "serverless_config")) > 0

serverless(configuration, variant) if reading.unreadable(configuration, variant, "serverless_config")

deny contains f if {
	some configuration in configurations
	not reading.nonproduction(configuration)
	some variant in variants(configuration)
	not serverless(configuration, variant)
	not scaled(configuration, variant)
	instances := reading.value(configuration, variant, "initial_instance_count", 1)
	not enough(instances)
	name := reading.value(configuration, variant, "variant_name", "AllTraffic")
	f := {
		"msg": sprintf("Variant %s of %s starts on fewer than %d instances.", [
			name,
			configuration.address,
			params.minimum_instances,
		]),
		"resource": configuration.subject,
		"key": concat(":", ["variant", name]),
		"path": reading.where(configuration, variant, "initial_instance_count"),
		"evidence": {"instances": instances, "minimum": params.minimum_instances},
	}
}

rolls_back(endpoint) if {
	some deployment in reading.blocks(endpoint, reading.whole(endpoint), "deployment_config")
	some rollback in reading.blocks(endpoint, deployment, "auto_rollback_configuration")
	reading.given(endpoint, rollback, "alarms")
}

deny contains f if {
	some endpoint in endpoints.endpoints(input.resources)
	not reading.nonproduction(endpoint)
	not rolls_back(endpoint)
	f := {
		"msg": sprintf("Endpoint %s has no alarm that rolls a bad deployment back.", [endpoint.address]),
		"resource": endpoint.subject,
		"key": "auto_rollback_configuration",
		"path": reading.where(endpoint, reading.whole(endpoint), "deployment_config"),
		"evidence": {"attribute": "deployment_config.auto_rollback_configuration.alarms"},
	}
}

# KServe: one replica is the default.
service if input.type == "InferenceService"

labelled := value if {
	some key in ["environment", "env", "stage"]
	value := lower(input.attributes.metadata.labels[key])
	value in params.nonproduction_environments
} else := value if {
	value := lower(input.namespace)
	value in params.nonproduction_environments
}

predictor := object.get(input.attributes, ["spec", "predictor"], {})

replicas := object.get(predictor, "minReplicas", 1)

replicas_path := ["spec", "predictor", "minReplicas"] if {
	predictor.minReplicas
} else := ["spec", "predictor"] if {
	input.attributes.spec.predictor
} else := []

deny contains f if {
	service
	not labelled
	not enough(replicas)
	f := {
		"msg": sprintf("%s keeps fewer than %d replicas.", [pods.title(input), params.minimum_instances]),
		"key": "minReplicas",
		"path": replicas_path,
		"evidence": {"replicas": replicas, "minimum": params.minimum_instances},
	}
}

not_applicable contains {"msg": sprintf("it is marked as %s", [labelled]), "key": "", "path": [], "evidence": {}} if {
	service
}

not_applicable contains {"msg": "the root holds no SageMaker endpoint", "key": "", "path": [], "evidence": {}} if {
	is_array(input.resources)
	count(configurations) == 0
	count(endpoints.endpoints(input.resources)) == 0
}
