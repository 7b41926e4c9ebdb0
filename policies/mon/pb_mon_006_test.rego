package probity.mon_006_test

import rego.v1

import data.probity.mon_006

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

configuration(variant) := resource("aws_sagemaker_endpoint_configuration", {"production_variants": [object.union(
	{"variant_name": "main", "instance_type": "ml.m5.large"},
	variant,
)]}, [])

endpoint := resource("aws_sagemaker_endpoint", {"deployment_config": [{"auto_rollback_configuration": [{
	"alarms": [{"alarm_name": "errors"}],
}]}]}, [])

found := {[f.resource, f.key, f.path] | some f in mon_006.deny}

subject := "terraform:infra//aws_sagemaker_endpoint_configuration.x"

test_two_instances_pass if {
	every variant in [
		{"initial_instance_count": 2},
		{"initial_instance_count": "3"},
		{"initial_instance_count": 1, "managed_instance_scaling": [{"min_instance_count": 2}]},
		{"serverless_config": [{"max_concurrency": 5}]},
		{"serverless_config": "probity-unknown"},
	] {
		mon_006.deny == set() with input as root([configuration(variant), endpoint])
		mon_006.not_applicable == set() with input as root([configuration(variant), endpoint])
	}
}

test_one_instance if {
	mon_006.deny == {{
		"msg": "Variant main of aws_sagemaker_endpoint_configuration.x starts on fewer than 2 instances.",
		"resource": subject,
		"key": "variant:main",
		"path": ["production_variants", 0, "initial_instance_count"],
		"evidence": {"instances": 1, "minimum": 2},
	}} with input as root([configuration({"initial_instance_count": 1})])
	found == {[subject, "variant:main", ["production_variants", 0]]} with input as root([configuration({})])
	scaling := {"initial_instance_count": 1, "managed_instance_scaling": [{"min_instance_count": 1}]}
	count(mon_006.deny) == 1 with input as root([configuration(scaling)])
}

test_application_auto_scaling if {
	one := configuration({"initial_instance_count": 1})
	two := {"resource_id": "endpoint/credit/variant/main", "min_capacity": 2}
	mon_006.deny == set() with input as root([one, resource("aws_appautoscaling_target", two, [])])
	every change in [{"min_capacity": 1}, {"resource_id": "endpoint/credit/variant/other"}, {"resource_id": null}] {
		case := root([one, resource("aws_appautoscaling_target", object.union(two, change), [])])
		count(mon_006.deny) == 1 with input as case
	}
	count(mon_006.deny) == 1 with input as root([one, resource("aws_appautoscaling_policy", two, [])])
}

test_endpoint_without_rollback if {
	mon_006.deny == {{
		"msg": "Endpoint aws_sagemaker_endpoint.x has no alarm that rolls a bad deployment back.",
		"resource": "terraform:infra//aws_sagemaker_endpoint.x",
		"key": "auto_rollback_configuration",
		"path": [],
		"evidence": {"attribute": "deployment_config.auto_rollback_configuration.alarms"},
	}} with input as root([resource("aws_sagemaker_endpoint", {}, [])])
	bare := resource("aws_sagemaker_endpoint", {"deployment_config": [{"auto_rollback_configuration": [{"alarms": []}]}]}, [])
	{f.path | some f in mon_006.deny} == {["deployment_config"]} with input as root([bare])
}

test_nonproduction_is_left_out if {
	tags := {"attributes": {"tags": {"environment": "dev"}}}
	mon_006.deny == set() with input as root([
		object.union(configuration({}), tags),
		object.union(resource("aws_sagemaker_endpoint", {}, []), tags),
	])
}

test_shadow_variants_are_left_out if {
	shadow := resource("aws_sagemaker_endpoint_configuration", {"shadow_production_variants": [{"initial_instance_count": 1}]}, [])
	mon_006.deny == set() with input as root([shadow])
}

logical(type, properties) := {
	"system": "cloudformation", "type": type, "name": "R", "address": "R", "unknown": [], "references": [],
	"subject": "cloudformation:t.yaml//R", "attributes": properties, "path": "t.yaml",
}

test_cloudformation if {
	variants := {"ProductionVariants": [{"VariantName": "main", "InitialInstanceCount": 1}]}
	one := logical("AWS::SageMaker::EndpointConfig", variants)
	found == {[
		"cloudformation:t.yaml//R", "variant:main", ["ProductionVariants", 0, "InitialInstanceCount"],
	]} with input as template([one])
	two := {"ResourceId": "endpoint/credit/variant/main", "MinCapacity": 2}
	mon_006.deny == set() with input as template([one, logical("AWS::ApplicationAutoScaling::ScalableTarget", two)])
	bare := logical("AWS::SageMaker::Endpoint", {"DeploymentConfig": {}})
	found == {["cloudformation:t.yaml//R", "auto_rollback_configuration", ["DeploymentConfig"]]} with input as template([bare])
	rolling := {"DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}}
	mon_006.deny == set() with input as template([logical("AWS::SageMaker::Endpoint", rolling)])
}

template(resources) := {"system": "cloudformation", "root": "t.yaml", "resources": resources}

test_cloud_control_provider if {
	case := resource("awscc_sagemaker_endpoint_config", {"production_variants": [{"initial_instance_count": 1}]}, [])
	{f.key | some f in mon_006.deny} == {"variant:AllTraffic"} with input as root([case])
	rolling := {"deployment_config": {"auto_rollback_configuration": {"alarms": [{"alarm_name": "errors"}]}}}
	mon_006.deny == set() with input as root([resource("awscc_sagemaker_endpoint", rolling, [])])
}

service(change, predictor) := object.union({
	"system": "kubernetes", "type": "InferenceService", "name": "credit", "address": "credit", "namespace": "ml",
	"subject": "kubernetes:k8s/credit.yaml", "unknown": [], "references": [], "path": "k8s/credit.yaml",
	"attributes": {"metadata": {"name": "credit"}, "spec": {"predictor": predictor}},
}, change)

test_replicas if {
	mon_006.deny == set() with input as service({}, {"minReplicas": 2})
	mon_006.deny == {{
		"msg": "InferenceService credit keeps fewer than 2 replicas.",
		"key": "minReplicas",
		"path": ["spec", "predictor", "minReplicas"],
		"evidence": {"replicas": 1, "minimum": 2},
	}} with input as service({}, {"minReplicas": 1})
	{[f.path, f.evidence.replicas] | some f in mon_006.deny} == {[["spec", "predictor"], 1]} with input as service({}, {"model": {}})
	{f.evidence.replicas | some f in mon_006.deny} == {0} with input as service({}, {"minReplicas": 0})
	bare := object.union(service({}, {}), {"attributes": {"metadata": {}, "spec": null}})
	{f.path | some f in mon_006.deny} == {[]} with input as bare
}

test_services_out_of_production_are_not_applicable if {
	spaced := service({"namespace": "dev"}, {})
	mon_006.deny == set() with input as spaced
	mon_006.not_applicable == {{
		"msg": "it is marked as dev", "key": "", "path": [], "evidence": {},
	}} with input as spaced
	every key in ["environment", "env", "stage"] {
		case := service({"attributes": {"metadata": {"labels": {key: "Test"}}}}, {})
		mon_006.deny == set() with input as case
	}
	mon_006.not_applicable == set() with input as service({}, {})
}

test_not_applicable_without_an_endpoint if {
	mon_006.not_applicable == {{
		"msg": "the root holds no SageMaker endpoint", "key": "", "path": [], "evidence": {},
	}} with input as root([])
}

# A variant without a name is called AllTraffic.
test_application_auto_scaling_of_a_nameless_variant if {
	nameless := resource("aws_sagemaker_endpoint_configuration", {"production_variants": [{"initial_instance_count": 1}]}, [])
	target := resource("aws_appautoscaling_target", {"resource_id": "endpoint/x/variant/AllTraffic", "min_capacity": 2}, [])
	mon_006.deny == set() with input as root([nameless, target])
}
