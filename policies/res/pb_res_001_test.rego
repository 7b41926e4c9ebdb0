package probity.res_001_test

import rego.v1

import data.probity.res_001

credit := {"id": "credit", "regions": ["eu"], "paths": ["llm/**"]}

resource(type, attributes, more) := object.union({
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]), "systems": [credit],
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}, more)

provider(region) := {"provider": {"name": "aws", "alias": "", "config": {"region": region}}}

domain(region) := resource("aws_sagemaker_domain", {}, provider(region))

vertex(location) := resource("google_vertex_ai_endpoint", {"location": location}, {})

found := {[f.key, f.path] | some f in res_001.deny}

test_allowed_region_passes if {
	every case in [
		domain("eu-central-1"),
		vertex("europe-west4"),
		resource("google_workbench_instance", {"location": "europe-west4-a"}, {}),
		resource("azurerm_cognitive_account", {"location": "West Europe"}, {}),
		resource("aws_sagemaker_domain", {"region": "eu-west-1"}, provider("us-east-1")),
	] {
		res_001.deny == set() with input as case
		res_001.inconclusive == set() with input as case
		res_001.not_applicable == set() with input as case
	}
}

test_region_of_the_provider if {
	res_001.deny == {{
		"msg": "aws_sagemaker_domain.x runs or calls a model in us-east-1, which is not among the regions that system credit allows.",
		"key": "region:credit:",
		"path": [],
		"evidence": {"region": "us-east-1", "allowed": expected, "system": "credit"},
	}} with input as domain("us-east-1")
}

expected := sort(data.probity.params.region_groups.eu)

# London and Zurich are not in the European Union.
test_region_of_the_resource if {
	every region in ["europe-west2", "europe-west6", "us-central1", "asia-east1-b"] {
		found == {["region:credit:location", ["location"]]} with input as vertex(region)
	}
	case := resource("aws_sagemaker_domain", {"region": "us-east-1"}, provider("eu-west-1"))
	found == {["region:credit:region", ["region"]]} with input as case
	found == {["region:credit:location", ["location"]]} with input as resource("azurerm_ai_services", {"location": "East US"}, {})
}

test_zone_of_the_provider if {
	zone := {"provider": {"name": "google", "config": {"zone": "us-east1-c"}}}
	found == {["region:credit:", []]} with input as resource("google_workbench_instance", {}, zone)
}

test_region_in_an_arn if {
	model := {"model_source": [{"copy_from": "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0"}]}
	case := resource("aws_bedrock_inference_profile", model, provider("eu-central-1"))
	found == {["region:credit:model_source.copy_from", ["model_source", 0, "copy_from"]]} with input as case
	template := {
		"system": "cloudformation", "type": "AWS::Bedrock::Agent", "name": "A", "address": "A", "systems": [credit],
		"subject": "cloudformation:t.yaml//A", "unknown": [], "references": [],
		"attributes": {"FoundationModel": "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0"},
	}
	found == {["region:credit:FoundationModel", ["FoundationModel"]]} with input as template
	res_001.inconclusive == set() with input as object.union(template, {"attributes": {"FoundationModel": "m"}})
}

test_a_region_that_several_attributes_name_is_one_finding if {
	arn := "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0"
	case := resource("aws_bedrock_inference_profile", {"copy_from": arn, "tags": {"source": arn}}, provider("eu-central-1"))
	found == {["region:credit:copy_from", ["copy_from"]]} with input as case
}

# What only one system has says nothing in another.
test_places_of_another_system if {
	template := {
		"system": "cloudformation", "type": "AWS::Bedrock::Agent", "name": "A", "address": "A", "systems": [credit],
		"subject": "cloudformation:t.yaml//A", "unknown": [], "references": [], "attributes": {"location": "us-east-1"},
	}
	res_001.deny == set() with input as template
	bare := object.union(object.remove(template, ["attributes"]), {"attributes": {"Name": "a"}})
	res_001.deny == set() with input as object.union(bare, provider("us-east-1"))
	res_001.inconclusive == set() with input as object.union(bare, {"type": "aws_sagemaker_domain"})
	selected := service({"topology.kubernetes.io/region": "us-east-1"})
	res_001.deny == set() with input as object.union(selected, {"system": "terraform"})
	arn := "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0"
	res_001.deny == set() with input as object.union(selected, {"attributes": {"spec": {"predictor": {
		"model": arn,
		"nodeSelector": {"topology.kubernetes.io/region": "eu-west-1"},
	}}}})
}

test_a_region_that_is_no_text_is_inconclusive if {
	case := resource("aws_sagemaker_domain", {"region": true}, {})
	res_001.deny == set() with input as case
	count(res_001.inconclusive) == 1 with input as case
}

# Global is another policy's question.
test_global_is_left_alone if {
	res_001.deny == set() with input as vertex("global")
	res_001.inconclusive == set() with input as vertex("global")
}

test_regions_of_the_organisation if {
	alone := object.union(domain("eu-west-2"), {"systems": []})
	res_001.deny == set() with input as alone with data.probity.params.allowed_regions as ["eu-*"]
	{f.msg | some f in res_001.deny} == {"aws_sagemaker_domain.x runs or calls a model in eu-west-2, which is not among the regions that the organisation allows."} with input as alone
		with data.probity.params.allowed_regions as ["eu-west-1"]
	{f.key | some f in res_001.deny} == {"region::"} with input as alone
		with data.probity.params.allowed_regions as ["eu-west-1"]
}

test_regions_of_a_data_class if {
	by_class := {"pii": ["eu-west-1", "eu-west-2"], "health": ["eu-west-1"]}
	personal := object.union(domain("eu-west-2"), {"systems": [{"id": "s", "data_classes": ["pii"]}]})
	both := object.union(domain("eu-west-2"), {"systems": [{"id": "s", "data_classes": ["pii", "health", "other"]}]})
	res_001.deny == set() with input as personal with data.probity.params.allowed_regions_by_data_class as by_class
	{f.evidence.allowed | some f in res_001.deny} == {["eu-west-1"]} with input as both
		with data.probity.params.allowed_regions_by_data_class as by_class
}

test_nothing_declared_is_not_applicable if {
	case := object.union(domain("us-east-1"), {"systems": [{"id": "s"}]})
	res_001.deny == set() with input as case
	res_001.not_applicable == {{
		"msg": "no allowed regions are declared for it", "key": "", "path": [], "evidence": {},
	}} with input as case
	alone := object.union(case, {"systems": []})
	count(res_001.not_applicable) == 1 with input as alone
	res_001.not_applicable == set() with input as alone with data.probity.params.allowed_regions as ["eu"]
}

test_unseen_region_is_inconclusive if {
	case := resource("aws_sagemaker_domain", {}, {"provider": {"name": "aws", "config": {}}})
	res_001.deny == set() with input as case
	res_001.inconclusive == {{
		"msg": "The region of aws_sagemaker_domain.x cannot be seen: neither it nor its provider names one.",
		"key": "region:credit",
		"path": [],
		"evidence": {"system": "credit"},
	}} with input as case
	res_001.inconclusive == set() with input as object.union(case, {"systems": []})
	res_001.inconclusive == set() with input as resource("azurerm_machine_learning_compute_cluster", {}, {})
	count(res_001.inconclusive) == 1 with input as resource("google_vertex_ai_index", {}, {})
}

# The engine tries values in the place of an unknown one.
test_region_that_is_known_after_apply_is_inconclusive if {
	every value in ["eastus", "westeurope", true] {
		case := resource("azurerm_cognitive_account", {"location": value}, {"unknown": [["location"]]})
		res_001.deny == set() with input as case
		count(res_001.inconclusive) == 1 with input as case
	}
	placeholder := resource("aws_sagemaker_domain", {}, provider("probity-unknown"))
	res_001.deny == set() with input as placeholder
	count(res_001.inconclusive) == 1 with input as placeholder
	template := {
		"system": "cloudformation", "type": "AWS::SageMaker::Model", "name": "M", "address": "M", "systems": [credit],
		"subject": "cloudformation:t.yaml//M", "unknown": [["location"]], "references": [], "attributes": {},
	}
	res_001.inconclusive == set() with input as template
}

service(selector) := {
	"system": "kubernetes", "type": "InferenceService", "name": "credit", "address": "", "systems": [credit],
	"subject": "kubernetes:k8s/credit.yaml", "unknown": [], "references": [], "path": "k8s/credit.yaml",
	"attributes": {"spec": {"predictor": {"nodeSelector": selector}}},
}

test_node_selector if {
	{[f.key, f.path, f.msg] | some f in res_001.deny} == {[
		"region:credit:spec.predictor.nodeSelector.topology.kubernetes.io/region",
		["spec", "predictor", "nodeSelector", "topology.kubernetes.io/region"],
		"InferenceService credit runs or calls a model in us-east-1, which is not among the regions that system credit allows.",
	]} with input as service({"topology.kubernetes.io/region": "us-east-1"})
	count(res_001.deny) == 1 with input as service({"failure-domain.beta.kubernetes.io/region": "us-east-1"})
	res_001.deny == set() with input as service({"topology.kubernetes.io/region": "eu-west-1"})
	res_001.deny == set() with input as service({"disk": "us-east-1"})
	res_001.deny == set() with input as service({"topology.kubernetes.io/region": "global"})
}

repository(parameters, systems) := {
	"resources": [], "pipelines": [], "systems": systems,
	"documents": [
		{"path": "llm/litellm.yaml", "kind": "litellm", "subject": "document:llm/litellm.yaml", "value": {"model_list": [{
			"model_name": "chat", "litellm_params": parameters,
		}]}},
		{"path": "llm/README.md", "kind": "model-card", "subject": "document:llm/README.md", "value": {}},
	],
}

test_gateway_calls if {
	res_001.deny == {{
		"msg": "The gateway calls model chat in us-east-1, which is not among the regions that system credit allows.",
		"resource": "document:llm/litellm.yaml",
		"key": "region:credit:chat",
		"path": ["model_list", 0, "litellm_params", "aws_region_name"],
		"evidence": {"region": "us-east-1", "allowed": expected, "system": "credit"},
	}} with input as repository({"model": "bedrock/m", "aws_region_name": "us-east-1"}, [credit])
	every name, value in {
		"vertex_location": "us-central1",
		"api_base": "https://us-central1-aiplatform.googleapis.com/v1",
		"model": "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
	} {
		found == {["region:credit:chat", ["model_list", 0, "litellm_params", name]]} with input as repository({name: value}, [credit])
	}
	every address in [
		"https://bedrock-runtime.us-east-1.amazonaws.com",
		"https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints",
		"https://eastus.api.cognitive.microsoft.com/",
	] {
		count(res_001.deny) == 1 with input as repository({"api_base": address}, [credit])
	}
	alone := repository({"aws_region_name": "us-east-1"}, [])
	res_001.deny == set() with input as alone
	{f.key | some f in res_001.deny} == {"region::chat"} with input as alone with data.probity.params.allowed_regions as ["eu"]
}

test_gateway_calls_that_pass if {
	every parameters in [
		{"aws_region_name": "eu-west-1"},
		{"aws_region_name": "os.environ/AWS_REGION"},
		{"vertex_location": "global"},
		{"api_base": "https://x.openai.azure.com"},
	] {
		res_001.deny == set() with input as repository(parameters, [credit])
	}
	undeclared := repository({"aws_region_name": "us-east-1"}, [object.remove(credit, ["regions"])])
	res_001.not_applicable == set() with input as undeclared
	abroad := repository({"aws_region_name": "us-east-1"}, [credit])
	settings := [object.union(document, {"kind": "yaml"}) | some document in abroad.documents]
	res_001.deny == set() with input as object.union(abroad, {"documents": settings})
	other := object.union(credit, {"paths": ["llm2"]})
	res_001.deny == set() with input as repository({"aws_region_name": "us-east-1"}, [other])
}
