package probity.net_001_test

import rego.v1

import data.probity.net_001

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "lab", "address": sprintf("%s.lab", [type]),
	"subject": sprintf("terraform:infra//%s.lab", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

notebook(attributes) := resource("aws_sagemaker_notebook_instance", attributes)

test_closed_notebook_passes if {
	net_001.deny == set() with input as notebook({"direct_internet_access": "Disabled", "subnet_id": "subnet-1"})
}

# Trap 3: absent means Enabled.
test_absent_is_open if {
	net_001.deny == {{
		"msg": "Notebook instance aws_sagemaker_notebook_instance.lab has direct internet access.",
		"key": "direct_internet_access",
		"path": [],
		"evidence": {"attribute": "direct_internet_access", "value": "Enabled"},
	}} with input as notebook({"subnet_id": "subnet-1"})
}

test_enabled_is_open_at_the_attribute if {
	some f in net_001.deny with input as notebook({"subnet_id": "subnet-1", "direct_internet_access": "Enabled"})
	f.path == ["direct_internet_access"]
}

test_no_subnet_is_its_own_violation if {
	found := net_001.deny with input as notebook({"direct_internet_access": "Disabled"})
	{[f.key, f.path] | some f in found} == {["subnet_id", []]}
}

test_domain if {
	net_001.deny == set() with input as resource("aws_sagemaker_domain", {"app_network_access_type": "VpcOnly"})
	count(net_001.deny) == 1 with input as resource("aws_sagemaker_domain", {})
	some f in net_001.deny with input as resource("aws_sagemaker_domain", {"app_network_access_type": "PublicInternetOnly"})
	f.path == ["app_network_access_type"]
}

test_workbench if {
	net_001.deny == set() with input as resource("google_workbench_instance", {"gce_setup": [{"disable_public_ip": true}]})
	some f in net_001.deny with input as resource("google_workbench_instance", {"gce_setup": [{"machine_type": "n1"}]})
	f.path == ["gce_setup", 0]
	count(net_001.deny) == 1 with input as resource("google_workbench_instance", {})
}

test_a_block_that_cannot_be_read_is_no_evidence if {
	net_001.deny == set() with input as resource("google_workbench_instance", {"gce_setup": true})
}

test_colab_counts_only_when_it_says_so if {
	net_001.deny == set() with input as resource("google_colab_runtime_template", {})
	net_001.deny == set() with input as resource("google_colab_runtime_template", {"network_spec": [{"enable_internet_access": false}]})
	some f in net_001.deny with input as resource("google_colab_runtime_template", {"network_spec": [{"enable_internet_access": true}]})
	f.path == ["network_spec", 0, "enable_internet_access"]
}

cfn(type, attributes) := {
	"system": "cloudformation", "type": type, "name": "Lab", "address": "Lab",
	"subject": "cloudformation:infra/lab.yaml//Lab",
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/lab.yaml",
}

test_cloudformation_notebook if {
	type := "AWS::SageMaker::NotebookInstance"
	net_001.deny == set() with input as cfn(type, {"DirectInternetAccess": "Disabled", "SubnetId": "subnet-1"})
	net_001.deny == {
		{
			"msg": "Notebook instance Lab (AWS::SageMaker::NotebookInstance) has direct internet access.",
			"key": "DirectInternetAccess",
			"path": ["DirectInternetAccess"],
			"evidence": {"attribute": "DirectInternetAccess", "value": "Enabled"},
		},
		{
			"msg": "Notebook instance Lab (AWS::SageMaker::NotebookInstance) stands outside the VPC: it has no subnet.",
			"key": "SubnetId",
			"path": [],
			"evidence": {"attribute": "SubnetId", "value": "absent"},
		},
	} with input as cfn(type, {"DirectInternetAccess": "Enabled"})
}

test_cloudformation_domain if {
	type := "AWS::SageMaker::Domain"
	net_001.deny == set() with input as cfn(type, {"AppNetworkAccessType": "VpcOnly"})
	net_001.deny == {{
		"msg": "Studio domain Lab (AWS::SageMaker::Domain) reaches the internet outside the VPC.",
		"key": "AppNetworkAccessType",
		"path": [],
		"evidence": {"attribute": "AppNetworkAccessType", "value": "PublicInternetOnly"},
	}} with input as cfn(type, {})
}

test_awscc if {
	net_001.deny == set() with input as resource("awscc_sagemaker_domain", {"app_network_access_type": "VpcOnly"})
	count(net_001.deny) == 1 with input as resource("awscc_sagemaker_domain", {})
	count(net_001.deny) == 2 with input as resource("awscc_sagemaker_notebook_instance", {})
}

test_workbench_whole_result if {
	net_001.deny == {{
		"msg": "Workbench instance google_workbench_instance.lab has a public IP address.",
		"key": "gce_setup.disable_public_ip",
		"path": ["gce_setup", 0, "disable_public_ip"],
		"evidence": {"attribute": "gce_setup.disable_public_ip", "value": false},
	}} with input as resource("google_workbench_instance", {"gce_setup": [{"disable_public_ip": false}]})
}

test_colab_whole_result if {
	net_001.deny == {{
		"msg": "Colab runtime template google_colab_runtime_template.lab gives its runtimes internet access.",
		"key": "network_spec.enable_internet_access",
		"path": ["network_spec", 0, "enable_internet_access"],
		"evidence": {"attribute": "network_spec.enable_internet_access", "value": "true"},
	}} with input as resource("google_colab_runtime_template", {"network_spec": [{"enable_internet_access": "true"}]})
}
