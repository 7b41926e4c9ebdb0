package probity.gov_008_test

import rego.v1

import data.probity.gov_008

record := {"dpa": "2026-01", "opt_out": true, "region": "eu", "review_date": "2026-01-10"}

gateway(models) := {
	"kind": "litellm", "path": "llm/litellm.yaml", "subject": "document:llm/litellm.yaml",
	"value": {"model_list": [{"model_name": "m", "litellm_params": settings} | some settings in models]},
}

repository(documents, resources, suppliers) := {
	"documents": documents, "resources": resources, "records": {"suppliers": {"suppliers": suppliers}},
	"now": "2026-11-25T00:00:00Z",
}

with_models(models, suppliers) := repository([gateway([{"model": model} | some model in models])], [], suppliers)

keys(case) := {f.key | some f in denied} if denied := gov_008.deny with input as case

unclear(case) := {f.key | some f in found} if found := gov_008.inconclusive with input as case

passes(case) if {
	keys(case) == set()
	unclear(case) == set()
	gov_008.not_applicable == set() with input as case
}

test_recorded_provider_passes if {
	passes(with_models(["anthropic/claude-3-5-sonnet"], {"anthropic": record}))
	passes(with_models(["anthropic/claude-3-5-sonnet"], [object.union(record, {"name": "Anthropic"})]))
	passes(with_models(["mistral/large"], [object.union(record, {"id": "mistral"})]))
}

test_provider_without_a_record if {
	gov_008.deny == {{
		"msg": "Provider openrouter of model openrouter/auto has no record in .probity/suppliers.yaml.",
		"resource": "document:llm/litellm.yaml",
		"key": "openrouter",
		"path": ["model_list", 1, "litellm_params", "model"],
		"evidence": {"provider": "openrouter", "models": "openrouter/auto, openrouter/x"},
	}} with input as with_models(["anthropic/claude", "openrouter/auto", "openrouter/x"], {"anthropic": record})
	empty := object.union(with_models(["openrouter/auto"], {}), {"records": {"suppliers": {}}})
	keys(empty) == {"openrouter"}
}

test_provider_by_the_name_of_the_model if {
	keys(with_models(["gpt-4o"], {})) == {"openai"}
	keys(with_models(["claude-3-5-sonnet"], {})) == {"anthropic"}
	keys(with_models(["bedrock/eu.anthropic.claude-3"], {})) == {"anthropic"}
	keys(with_models(["vertex_ai/gemini-1.5-pro"], {})) == {"google"}
	keys(with_models(["bedrock/arn:x"], {})) == {"bedrock"}
	passes(with_models(["bedrock/anthropic.claude-3"], {"AWS": record}))
	passes(with_models(["azure/gpt-4o-eu"], {"Microsoft": record}))
}

test_names_that_tell_no_provider_are_inconclusive if {
	case := with_models(["house-model", "*"], {})
	keys(case) == set()
	unclear(case) == {"model:house-model", "model:*"}
	some f in gov_008.inconclusive with input as case
	f == {
		"msg": "Which provider serves model house-model cannot be told from its name.",
		"resource": "document:llm/litellm.yaml",
		"key": "model:house-model",
		"path": ["model_list", 0, "litellm_params", "model"],
		"evidence": {"model": "house-model"},
	}
}

test_models_on_own_hosts_are_left_out if {
	every settings in [
		{"model": "ollama/llama3"}, {"model": "hosted_vllm/x"},
		{"model": "openai/x", "api_base": "http://localhost:8000/v1"},
		{"model": "openai/x", "api_base": "http://vllm:8000/v1"},
		{"model": "openai/x", "api_base": "https://vllm.models.svc.cluster.local/v1"},
		{"model": "openai/x", "api_base": "http://10.1.2.3/v1"},
	] {
		case := repository([gateway([settings])], [], {})
		keys(case) == set()
		count(gov_008.not_applicable) == 1 with input as case
	}
	every base in ["https://api.openai.com/v1", "https://gw.example.com", "os.environ/BASE"] {
		keys(repository([gateway([{"model": "openai/x", "api_base": base}])], [], {})) == {"openai"}
	}
}

resource(type, attributes) := {"type": type, "subject": sprintf("terraform:.//%s.x", [type]), "attributes": attributes}

test_models_of_platforms if {
	bedrock := {"foundation_model": "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3"}
	found := gov_008.deny with input as repository([], [resource("aws_bedrockagent_agent", bedrock)], {})
	{[f.key, f.resource, f.path] | some f in found} == {[
		"anthropic",
		"terraform:.//aws_bedrockagent_agent.x",
		["foundation_model"],
	]}
	every case in [
		["AWS::Bedrock::Agent", {"FoundationModel": "meta.llama3"}, "meta"],
		["awscc_bedrock_agent", {"foundation_model": "cohere.command-r"}, "cohere"],
		["aws_bedrock_custom_model", {"base_model_identifier": "amazon.titan"}, "amazon"],
		["google_vertex_ai_endpoint_with_model_garden_deployment", {"publisher_model_name": "publishers/google/models/x"}, "google"],
	] {
		keys(repository([], [resource(case[0], case[1])], {})) == {case[2]}
	}
	azure := resource("azurerm_cognitive_deployment", {"model": [{"format": "OpenAI", "name": "gpt-4o"}]})
	found_azure := gov_008.deny with input as repository([], [azure], {})
	{[f.key, f.path] | some f in found_azure} == {["openai", ["model", 0, "name"]]}
	passes(repository([], [azure], {"azure": record}))
	unclear(repository([], [resource("aws_bedrockagent_agent", {"foundation_model": "house"})], {})) == {"model:house"}
	keys(repository([], [resource("aws_sagemaker_model", {"foundation_model": "meta.llama3"})], {})) == set()
}

test_record_that_leaves_things_out if {
	gov_008.deny == {{
		"msg": "The record of supplier anthropic leaves out a data processing agreement, the region.",
		"resource": "document:.probity/suppliers.yaml",
		"key": "fields:anthropic",
		"path": ["suppliers", "anthropic"],
		"evidence": {"supplier": "anthropic", "missing": "a data processing agreement, the region"},
	}} with input as with_models(["anthropic/x"], {"anthropic": object.remove(record, ["dpa", "region"])})
	every key in ["opt_out", "review_date"] {
		keys(with_models(["anthropic/x"], {"anthropic": object.remove(record, [key])})) == {"fields:anthropic"}
	}
	passes(with_models(["anthropic/x"], {"anthropic": record, "other": {}}))
	listed := gov_008.deny with input as with_models(["anthropic/x"], [{"name": "anthropic"}, {"name": "anthropic"}])
	{f.path | some f in listed} == {["suppliers", 0]}
}

test_record_that_was_not_reviewed if {
	old := object.union(record, {"review_date": "2025-11-24"})
	gov_008.deny == {{
		"msg": "The record of supplier anthropic was last reviewed on 2025-11-24.",
		"resource": "document:.probity/suppliers.yaml",
		"key": "review:anthropic",
		"path": ["suppliers", "anthropic", "review_date"],
		"evidence": {"supplier": "anthropic", "date": "2025-11-24"},
	}} with input as with_models(["anthropic/x"], {"anthropic": old})
	passes(with_models(["anthropic/x"], {"anthropic": object.union(record, {"review_date": "2025-11-25"})}))
}

test_no_model_of_others_is_not_applicable if {
	case := repository([], [], {})
	keys(case) == set()
	{n.msg | some n in gov_008.not_applicable} == {"no model of a third party is used"} with input as case
}
