package probity.gen_005_test

import rego.v1

import data.probity.gen_005

model := {
	"model_name": "chat",
	"litellm_params": {"model": "azure/gpt-4o", "api_key": "os.environ/AZURE_KEY", "rpm": 100},
}

guardrail := {
	"guardrail_name": "pii",
	"litellm_params": {"guardrail": "presidio", "mode": "pre_call", "default_on": true},
}

good := {
	"model_list": [model],
	"general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
	"guardrails": [guardrail],
}

config(change) := object.union(good, change)

with_model(change) := config({"model_list": [object.union(model, {"litellm_params": object.union(model.litellm_params, change)})]})

with_guardrail(change) := config({"guardrails": [{
	"guardrail_name": "pii",
	"litellm_params": object.union(guardrail.litellm_params, change),
}]})

unlimited(change) := object.union(
	{"model_list": [{"model_name": "chat", "litellm_params": {"model": "azure/gpt-4o"}}], "guardrails": [guardrail]},
	change,
)

key := {"general_settings": {"master_key": "os.environ/K"}}

found := {[f.key, f.path] | some f in gen_005.deny}

test_good_configuration_passes if {
	gen_005.deny == set() with input as good
	gen_005.review == set() with input as good
	gen_005.inconclusive == set() with input as good
}

test_master_key_in_clear_text if {
	gen_005.deny == {{
		"msg": "The master key of the gateway stands in the file in clear text: read it from the environment.",
		"key": "master_key",
		"path": ["general_settings", "master_key"],
		"evidence": {"attribute": "general_settings.master_key"},
	}} with input as config({"general_settings": {"master_key": "sk-1234"}})
}

test_master_key_from_elsewhere_passes if {
	every value in ["os.environ/K", "${K}", "$K", "{{ .Values.key }}", "<your key>", "oidc/google/x"] {
		gen_005.deny == set() with input as config({"general_settings": {"master_key": value}})
	}
}

# Trap 29: the environment may hold it.
test_no_master_key_is_inconclusive if {
	case := config({"general_settings": {"alerting": []}})
	none := object.remove(case, ["general_settings"])
	gen_005.deny == set() with input as none
	gen_005.inconclusive == {{
		"msg": "The gateway has no master key in the file: whether its environment sets one cannot be seen here.",
		"key": "master_key",
		"path": [],
		"evidence": {"attribute": "general_settings.master_key"},
	}} with input as none
	other := object.union(none, {"general_settings": {"alerting": []}})
	{f.path | some f in gen_005.inconclusive} == {["general_settings"]} with input as other
	every way in [{"enable_jwt_auth": true}, {"custom_auth": "auth.check"}] {
		gen_005.inconclusive == set() with input as object.union(none, {"general_settings": way})
	}
	count(gen_005.inconclusive) == 1 with input as object.union(none, {"general_settings": {"enable_jwt_auth": false}})
	count(gen_005.inconclusive) == 1 with input as object.union(none, {"general_settings": {"custom_auth": ""}})
}

test_provider_key_in_clear_text if {
	gen_005.deny == {{
		"msg": "The api_key of chat stands in the file in clear text: read it from the environment.",
		"key": "api_key:chat",
		"path": ["model_list", 0, "litellm_params", "api_key"],
		"evidence": {"attribute": "api_key", "of": "chat"},
	}} with input as with_model({"api_key": "3f7a9c2b11"})
	found == {["aws_secret_access_key:chat", ["model_list", 0, "litellm_params", "aws_secret_access_key"]]} with input as with_model({"aws_secret_access_key": "wJalr"})
	found == {["api_key:pii", ["guardrails", 0, "litellm_params", "api_key"]]} with input as with_guardrail({"api_key": "3f7a9c2b11"})
}

test_placeholder_for_a_local_server_passes if {
	every value in ["none", "EMPTY", "dummy", "", null, "os.environ/K"] {
		gen_005.deny == set() with input as with_model({"api_key": value})
	}
}

test_no_guardrail if {
	gen_005.deny == {{
		"msg": "No guardrail of the gateway runs before every call: add one with mode pre_call and default_on true.",
		"key": "guardrails",
		"path": [],
		"evidence": {"guardrails": []},
	}} with input as config({"guardrails": []})
}

test_guardrail_that_does_not_run_before_every_call if {
	every change in [{"default_on": false}, {"mode": "post_call"}, {"mode": ["during_call", "logging_only"]}] {
		case := with_guardrail(change)
		{[f.key, f.path, f.evidence] | some f in gen_005.deny} == {["guardrails", ["guardrails"], {"guardrails": ["pii"]}]} with input as case
	}
	every change in [{"mode": ["pre_call", "post_call"]}, {"mode": {"tags": {"eu": "pre_call"}, "default": "logging_only"}}, {"default_on": "true"}] {
		gen_005.deny == set() with input as with_guardrail(change)
	}
}

test_other_ways_to_guard_pass if {
	old := config({"guardrails": [], "litellm_settings": {"guardrails": [{"pii": {"callbacks": ["presidio"], "default_on": true}}]}})
	gen_005.deny == set() with input as old
	off := config({"guardrails": [], "litellm_settings": {"guardrails": [{"pii": {"callbacks": ["presidio"], "default_on": false}}]}})
	found == {["guardrails", []]} with input as off
	called := config({"guardrails": [], "litellm_settings": {"callbacks": "Presidio"}})
	gen_005.deny == set() with input as called
	recording := config({"guardrails": [], "litellm_settings": {"callbacks": ["langfuse"]}})
	found == {["guardrails", []]} with input as recording
}

test_guardrails_by_model if {
	manual := [{"guardrail_name": "pii", "litellm_params": {"guardrail": "presidio", "mode": "pre_call"}}]
	gen_005.deny == set() with input as object.union(with_model({"guardrails": ["pii"]}), {"guardrails": manual})
	found == {["guardrails", ["guardrails"]]} with input as object.union(with_model({"guardrails": ["x"]}), {"guardrails": manual})
	late := [{"guardrail_name": "pii", "litellm_params": {"guardrail": "presidio", "mode": "post_call"}}]
	found == {["guardrails", ["guardrails"]]} with input as object.union(with_model({"guardrails": ["pii"]}), {"guardrails": late})
	empty := object.union(config({"guardrails": manual, "litellm_settings": {"max_budget": 1}}), {"model_list": []})
	found == {["guardrails", ["guardrails"]]} with input as empty
}

test_no_limits if {
	gen_005.deny == {{
		"msg": "The gateway limits neither requests nor spending: set rpm and tpm for each model, or a max_budget.",
		"key": "limits",
		"path": [],
		"evidence": {"models_without_limit": ["chat"]},
	}} with input as unlimited(key)
	found == {["limits", ["litellm_settings"]]} with input as unlimited(object.union(key, {"litellm_settings": {"max_budget": 0}}))
	found == {["limits", []]} with input as object.union(unlimited(key), {"model_list": []})
}

test_limits_pass if {
	every change in [
		{"litellm_settings": {"max_budget": 100, "budget_duration": "30d"}},
		{"general_settings": {"master_key": "os.environ/K", "global_max_parallel_requests": 10}},
	] {
		gen_005.deny == set() with input as unlimited(object.union(key, change))
	}
	every limit in [{"rpm": 1}, {"tpm": 1000}, {"max_budget": 5}] {
		case := unlimited(object.union(key, {"model_list": [{"model_name": "chat", "litellm_params": limit}]}))
		gen_005.deny == set() with input as case
	}
}

test_one_model_without_a_limit if {
	list := [model, {"model_name": "open", "litellm_params": {"model": "x", "rpm": 0}}]
	found == {["limits", []]} with input as config({"model_list": list})
	{f.evidence.models_without_limit | some f in gen_005.deny} == {["open"]} with input as config({"model_list": list})
}

# Budgets of virtual keys live in the database.
test_virtual_keys_make_it_a_question if {
	every change in [{"database_url": "os.environ/DB"}, {"store_model_in_db": true}] {
		case := unlimited({"general_settings": object.union({"master_key": "os.environ/K"}, change)})
		gen_005.deny == set() with input as case
		gen_005.review == {{
			"msg": "The gateway's file limits neither requests nor spending; its virtual keys may do so in the database.",
			"key": "limits",
			"path": [],
			"evidence": {"models_without_limit": ["chat"]},
		}} with input as case
	}
	gen_005.review == set() with input as object.union(good, {"general_settings": {"master_key": "os.environ/K", "database_url": "x"}})
}

# A key without a value is not set.
test_empty_keys_are_not_set if {
	none := object.union(good, {"general_settings": {"master_key": null, "custom_auth": null, "database_url": null}})
	count(gen_005.inconclusive) == 1 with input as none
	open := unlimited({"general_settings": {"master_key": "os.environ/K", "database_url": null}})
	{f.key | some f in gen_005.deny} == {"limits"} with input as open
}
