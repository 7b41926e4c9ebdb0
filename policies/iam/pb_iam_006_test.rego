package probity.iam_006_test

import rego.v1

import data.probity.iam_006

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "lab", "address": sprintf("%s.lab", [type]),
	"subject": sprintf("terraform:infra//%s.lab", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := iam_006.deny with input as case

service(version) := {"instance_metadata_service_configuration": [{
	"minimum_instance_metadata_service_version": version,
}]}

closed := object.union(service("2"), {"root_access": "Disabled"})

notebook := "aws_sagemaker_notebook_instance"

test_closed_notebook if {
	found(resource(notebook, closed)) == set()
	found(resource(notebook, object.union(closed, service(2)))) == set()
	found(resource("awscc_sagemaker_notebook_instance", closed)) == set()
}

# Trap 3: absent means enabled, and version 1.
test_defaults if {
	iam_006.deny == {
		{
			"msg": "aws_sagemaker_notebook_instance.lab gives its users root access: disable it.",
			"key": "root_access",
			"path": [],
			"evidence": {"attribute": "root_access"},
		},
		{
			"msg": "aws_sagemaker_notebook_instance.lab answers version 1 of the metadata service: require version 2.",
			"key": "instance_metadata_service_configuration.minimum_instance_metadata_service_version",
			"path": [],
			"evidence": {
				"attribute": "instance_metadata_service_configuration.minimum_instance_metadata_service_version",
			},
		},
	} with input as resource(notebook, {})
}

test_open_settings if {
	found(resource(notebook, object.union(closed, {"root_access": "Enabled"}))) == {["root_access", ["root_access"]]}
	block := "instance_metadata_service_configuration"
	name := "minimum_instance_metadata_service_version"
	found(resource(notebook, object.union(closed, service("1")))) == {[concat(".", [block, name]), [block, 0, name]]}
}

test_cloudformation if {
	type := "AWS::SageMaker::NotebookInstance"
	block := "InstanceMetadataServiceConfiguration"
	name := "MinimumInstanceMetadataServiceVersion"
	found(resource(type, {"RootAccess": "Disabled", block: {name: "2"}})) == set()
	found(resource(type, {"RootAccess": "Enabled", block: {name: "1"}})) == {
		["RootAccess", ["RootAccess"]],
		[concat(".", [block, name]), [block, name]],
	}
}

workbench(metadata) := resource("google_workbench_instance", {"gce_setup": [{"metadata": metadata}]})

test_workbench if {
	name := "notebook-disable-root"
	found(workbench({name: "true"})) == set()
	found(workbench({name: true})) == set()
	found(workbench({name: "TRUE"})) == set()
	found(workbench({name: "false"})) == {[
		"gce_setup.metadata.notebook-disable-root", ["gce_setup", 0, "metadata", name],
	]}
	iam_006.deny == {{
		"msg": "google_workbench_instance.lab leaves root access on: set the metadata notebook-disable-root.",
		"key": "gce_setup.metadata.notebook-disable-root",
		"path": ["gce_setup", 0, "metadata"],
		"evidence": {"attribute": "gce_setup.metadata.notebook-disable-root"},
	}} with input as workbench({"proxy-mode": "service_account"})
}
