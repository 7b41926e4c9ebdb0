package probity.ovr_006_test

import rego.v1

import data.probity.ovr_006

credit := {"id": "credit", "risk_class": "high", "affects_persons": true, "resources": ["x//flow"]}

repository(system) := {"systems": [system], "resources": [], "files": {}}

flow(type, attributes) := {"type": type, "subject": "x//flow", "attributes": attributes}

keys(case) := {f.key | some f in found} if found := ovr_006.deny with input as case

reasons(case) := {n.msg | some n in found} if found := ovr_006.not_applicable with input as case

both := {"human_review": "docs/review.md", "kill_switch": "feature flag credit-model"}

test_recorded_review_and_switch_pass if {
	keys(repository(object.union(credit, both))) == set()
	reasons(repository(object.union(credit, both))) == set()
}

test_fully_automatic_refusal if {
	ovr_006.deny == {
		{
			"msg": "System credit decides about people at high risk, and no review by a person is set up or recorded.",
			"resource": "system:credit",
			"key": "human_review",
			"path": ["risk_class"],
			"evidence": {"missing": "human_review"},
		},
		{
			"msg": "System credit decides about people at high risk, and nothing says how its model is switched off.",
			"resource": "system:credit",
			"key": "kill_switch",
			"path": ["risk_class"],
			"evidence": {"missing": "kill_switch"},
		},
	} with input as repository(credit)
	keys(repository(object.union(credit, {"human_review": "", "kill_switch": "x"}))) == {"human_review"}
}

with_resource(resource) := object.union(repository(object.union(credit, {"kill_switch": "x"})), {"resources": [resource]})

test_flow_definition_with_conditions if {
	keys(with_resource(flow("aws_sagemaker_flow_definition", {"human_loop_activation_config": [{}]}))) == set()
	keys(with_resource(flow("AWS::SageMaker::FlowDefinition", {"HumanLoopActivationConfig": {"a": 1}}))) == set()
	keys(with_resource(flow("aws_sagemaker_flow_definition", {}))) == {"human_review"}
	keys(with_resource(flow("aws_sagemaker_model", {"human_loop_activation_config": [{}]}))) == {"human_review"}
	loose := object.union(flow("aws_sagemaker_flow_definition", {"human_loop_activation_config": [{}]}), {"subject": "x//b"})
	keys(with_resource(loose)) == set()
	others := object.union(with_resource(loose), {"systems": [
		object.union(credit, {"kill_switch": "x"}),
		{"id": "b", "risk_class": "minimal", "resources": ["x//b"]},
	]})
	keys(others) == {"human_review"}
}

test_runbook_by_its_name if {
	every path in ["docs/kill-switch.md", "ops/rollback_model.txt", "runbooks/disable.md"] {
		case := object.union(repository(object.union(credit, {"human_review": "x"})), {"files": {path: {"size": 1}}})
		keys(case) == set()
		keys(object.union(case, {"files": {path: {"size": 0, "empty": true}}})) == {"kill_switch"}
	}
	other := object.union(repository(object.union(credit, {"human_review": "x"})), {"files": {"docs/index.md": {"size": 1}}})
	keys(other) == {"kill_switch"}
}

test_other_systems_are_not_applicable if {
	reasons(repository({"id": "a", "risk_class": "limited"})) == {"system a does not declare risk_class: high"}
	reasons(repository(object.union(credit, {"significant_decision": false}))) == {
		"system credit declares significant_decision: false",
	}
	reasons(repository(object.union(credit, {"affects_persons": false}))) == {"system credit declares affects_persons: false"}
	every change in [{"risk_class": "limited"}, {"significant_decision": false}, {"affects_persons": false}] {
		keys(repository(object.union(credit, change))) == set()
	}
	significant := object.union(credit, {"affects_persons": false, "significant_decision": true})
	count(keys(repository(significant))) == 2
	reasons(object.union(repository({}), {"systems": []})) == {"no AI system is declared"}
}
