package probity.eval_006_test

import rego.v1

import data.probity.eval_006

agent := {"type": "aws_bedrockagent_agent", "subject": "a", "path": "infra/agent.tf", "attributes": {}}

system := {"id": "assistant", "paths": ["infra"], "resources": ["a"]}

changed(dates) := {"history": {"last_changed": {path: {"date": date} | some path, date in dates}}}

repository := {
	"systems": [system], "resources": [agent], "documents": [], "metrics": [], "files": {}, "config": {},
	"history": {"last_changed": {}},
}

garak := {"kind": "evaluation-report", "path": "infra/garak.json", "value": {"evals": []}}

with_(change) := object.union(repository, change)

denied(case) := {[f.evidence.mode, f.msg] | some f in all} if {
	all := eval_006.deny with input as case
}

unknown(case) := {f.msg | some f in all} if {
	all := eval_006.inconclusive with input as case
}

stale_report := object.union(with_({"documents": [garak]}), changed({
	"infra/garak.json": "2026-03-01T10:00:00+01:00", "infra/agent.tf": "2026-03-01T09:30:00Z",
}))

fresh := object.union(with_({"documents": [garak]}), changed({
	"infra/garak.json": "2026-03-01T10:00:00Z", "infra/agent.tf": "2026-03-01T10:30:00+01:00",
}))

test_no_report if {
	eval_006.deny == {{
		"msg": "System assistant has no report of a safety evaluation; run one and commit its report.",
		"resource": "system:assistant", "key": "", "path": [],
		"evidence": {"mode": "missing", "reports": []},
	}} with input as repository
}

test_a_newer_report if {
	denied(fresh) == set()
	eval_006.not_applicable == set() with input as fresh
}

test_a_newer_report_leaves_nothing_open if {
	unknown(fresh) == set()
}

test_an_older_report if {
	denied(stale_report) == {[
		"stale", "System assistant has no safety evaluation since infra/agent.tf changed; run it again.",
	]}
}

test_a_prompt_changed_since if {
	prompt := object.union(fresh, {"files": {"infra/prompts/system.txt": {"size": 1}}})
	dates := object.union(prompt, changed({"infra/prompts/system.txt": "2026-04-01T00:00:00Z"}))
	{entry[1] | some entry in denied(dates)} == {
		"System assistant has no safety evaluation since infra/prompts/system.txt changed; run it again.",
	}
}

test_a_prompt_of_another_system if {
	prompt := object.union(fresh, {"files": {"other/prompts/system.txt": {"size": 1}}})
	denied(object.union(prompt, changed({"other/prompts/system.txt": "2026-04-01T00:00:00Z"}))) == set()
}

test_a_change_of_something_that_is_no_prompt if {
	other := object.union(fresh, {"files": {"infra/README.md": {"size": 1}}})
	denied(object.union(other, changed({"infra/README.md": "2026-04-01T00:00:00Z"}))) == set()
}

test_a_report_by_its_figures if {
	dates := changed({"reports/r.json": "2026-04-01T00:00:00Z", "infra/agent.tf": "2026-03-01T10:30:00Z"})
	every words in [{"name": "injection_success"}, {"dataset": "jailbreak"}, {"family": "toxicity"}] {
		metric := object.union({"name": "rate", "path": "reports/r.json", "model": {"name": null}}, words)
		denied(object.union(with_({"metrics": [metric]}), dates)) == set()
	}
}

test_a_report_about_something_else if {
	metric := {"name": "auc", "path": "reports/r.json", "model": {"name": null}}
	{entry[0] | some entry in denied(with_({"metrics": [metric]}))} == {"missing"}
}

test_a_report_of_a_tool_for_something_else if {
	harness := object.union(object.remove(garak, ["value"]), {"value": {"results": []}})
	{entry[0] | some entry in denied(with_({"documents": [harness]}))} == {"missing"}
}

test_a_report_of_another_system if {
	systems := [system, {"id": "other", "paths": ["other"]}]
	report := object.union(garak, {"path": "other/garak.json"})
	{entry[0] | some entry in denied(with_({"documents": [report], "systems": systems}))} == {"missing"}
}

test_dates_that_are_not_known_are_inconclusive if {
	unknown(with_({"documents": [garak]})) == {concat("", [
		"System assistant has a safety evaluation, ",
		"and whether it is newer than its last change is not known.",
	])}
	{f.evidence.mode | some f in eval_006.inconclusive} == {"undated"} with input as with_({"documents": [garak]})
}

test_a_part_without_a_date_is_inconclusive if {
	dates := changed({"infra/garak.json": "2026-03-01T10:00:00Z"})
	count(unknown(object.union(with_({"documents": [garak]}), dates))) == 1
}

test_a_part_without_a_date_is_no_failure if {
	dates := changed({"infra/garak.json": "2026-03-01T10:00:00Z"})
	denied(object.union(with_({"documents": [garak]}), dates)) == set()
}

gateway := {"kind": "litellm", "path": "llm/litellm.yaml", "value": {}}

test_a_gateway_that_belongs_to_no_system if {
	case := object.union(repository, {"systems": [], "resources": [], "documents": [gateway]})
	eval_006.deny == {{
		"msg": concat("", [
			"The generative part of the repository has no report of a safety evaluation; ",
			"run one and commit its report.",
		]),
		"key": "undeclared", "path": [],
		"evidence": {"mode": "missing", "reports": []},
	}} with input as case
}

test_a_gateway_of_no_system_that_changed_since if {
	undeclared := object.union(repository, {"systems": [], "resources": [], "documents": [gateway, garak]})
	dates := {"infra/garak.json": "2026-03-01T10:00:00Z", gateway.path: "2026-04-01T00:00:00Z"}
	{entry[1] | some entry in denied(object.union(undeclared, changed(dates)))} == {concat("", [
		"The generative part of the repository has no safety evaluation since llm/litellm.yaml changed; ",
		"run it again.",
	])}
}

test_a_gateway_and_a_declared_system if {
	case := object.union(repository, {"documents": [gateway]})
	count(denied(case)) == 2
}

test_a_chatbot_by_its_record if {
	case := object.union(repository, {"systems": [{"id": "c", "type": "Chatbot"}], "resources": []})
	{entry[1] | some entry in denied(case)} == {
		"System c has no report of a safety evaluation; run one and commit its report.",
	}
}

silent(case, reason) if {
	denied(case) == set()
	reasons := eval_006.not_applicable with input as case
	{f.msg | some f in reasons} == {reason}
}

test_not_applicable if {
	silent(with_({"resources": []}), "the repository has no generative system")
}

test_satisfied_externally if {
	silent(with_({"config": {"external_evidence": {"PB-EVAL-006": "u"}}}), "satisfied externally, see u")
}

test_satisfied_externally_and_stale if {
	elsewhere := {"config": {"external_evidence": {"PB-EVAL-006": "u"}}}
	silent(object.union(stale_report, elsewhere), "satisfied externally, see u")
}

test_satisfied_externally_and_undated if {
	case := with_({"documents": [garak], "config": {"external_evidence": {"PB-EVAL-006": "u"}}})
	unknown(case) == set()
}
