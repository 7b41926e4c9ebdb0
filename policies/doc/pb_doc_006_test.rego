package probity.doc_006_test

import rego.v1

import data.probity.doc_006

chatbot := {"id": "support", "type": "chatbot", "paths": ["assistant"], "resources": ["terraform:.//a.b"]}

repository(system, resources, documents) := {"systems": [system], "resources": resources, "documents": documents}

alone(system) := repository(system, [], [])

resource(type, attributes) := {"type": type, "subject": "terraform:.//a.b", "attributes": attributes}

keys(case) := {f.key | some f in found} if found := doc_006.deny with input as case

test_no_disclosure if {
	doc_006.deny == {{
		"msg": "System support is a chatbot, and no disclosure tells people that they deal with an AI system.",
		"resource": "system:support",
		"key": "disclosure",
		"path": ["type"],
		"evidence": {"type": "chatbot", "resources": ""},
	}} with input as alone(chatbot)
	doc_006.not_applicable == set() with input as alone(chatbot)
	doc_006.review == set() with input as alone(chatbot)
}

test_disclosure_in_the_record if {
	keys(alone(object.union(chatbot, {"disclosure": "You are talking to an AI system"}))) == set()
	keys(alone(object.union(chatbot, {"disclosure": ""}))) == {"disclosure"}
}

test_what_belongs_to_a_system_is_no_disclosure_of_its_record if {
	every name in ["paths", "resources"] {
		owning := object.union(object.remove(chatbot, [name]), {name: {"disclosure": "assistant"}})
		keys(alone(owning)) == {"disclosure"}
	}
}

test_disclosure_in_its_resources if {
	config := resource("ConfigMap", {"data": {"ui.disclosure": "You are talking to an AI system"}})
	keys(repository(chatbot, [config], [])) == set()
	other := object.union(config, {"subject": "terraform:.//other.b"})
	keys(repository(chatbot, [other], [])) == {"disclosure"}
}

test_disclosure_in_the_card_or_gateway if {
	card := {"kind": "model-card", "path": "assistant/README.md", "value": {}, "text": "## Transparency\nIt is an AI system.\n"}
	keys(repository(chatbot, [], [card])) == set()
	keys(repository(chatbot, [], [object.union(card, {"path": "other/README.md"})])) == {"disclosure"}
	gateway := {"kind": "litellm", "path": "assistant/litellm.yaml", "value": {"ui": {"disclosure": "AI"}}}
	keys(repository(chatbot, [], [gateway])) == set()
	keys(repository(chatbot, [], [object.union(gateway, {"kind": "mlflow-model"})])) == {"disclosure"}
	keys(repository(chatbot, [], [object.union(gateway, {"path": "x"})])) == {"disclosure"}
}

test_media_is_marked if {
	painter := {"id": "painter", "type": "Image-Generator", "disclosure": "AI"}
	doc_006.deny == {{
		"msg": "System painter generates media, and nothing records how its output is marked as such.",
		"resource": "system:painter",
		"key": "provenance",
		"path": ["type"],
		"evidence": {"type": "image-generator", "resources": ""},
	}} with input as alone(painter)
	keys(alone(object.union(painter, {"provenance": {"standard": "C2PA"}}))) == set()
	keys(alone(object.remove(painter, ["disclosure"]))) == {"disclosure", "provenance"}
	keys(alone(object.union(chatbot, {"disclosure": "AI"}))) == set()
}

test_internal_tools_are_not_applicable if {
	case := alone(object.union(chatbot, {"audience": "Internal", "type": "image-generator"}))
	keys(case) == set()
	doc_006.not_applicable == {{
		"msg": "system support declares audience: internal",
		"resource": "system:support",
		"key": "",
		"path": [],
		"evidence": {},
	}} with input as case
}

untyped := object.remove(chatbot, ["type"])

test_agent_without_a_declared_type_is_a_review if {
	case := repository(untyped, [resource("aws_bedrockagent_agent", {})], [])
	keys(case) == set()
	doc_006.review == {{
		"msg": concat("", [
			"System support owns aws_bedrockagent_agent; if it talks to people, a disclosure that it is an AI ",
			"system is missing.",
		]),
		"resource": "system:support",
		"key": "disclosure",
		"path": [],
		"evidence": {"type": "", "resources": "aws_bedrockagent_agent"},
	}} with input as case
	doc_006.not_applicable == set() with input as case
	internal := repository(object.union(untyped, {"audience": "internal"}), [resource("aws_bedrockagent_agent", {})], [])
	doc_006.review == set() with input as internal
	disclosed := repository(object.union(untyped, {"disclosure": "AI"}), [resource("aws_bedrockagent_agent", {})], [])
	doc_006.review == set() with input as disclosed
}

test_other_systems_are_not_applicable if {
	every case in [
		alone(untyped),
		alone(object.union(chatbot, {"type": "scoring"})),
		repository(object.union(chatbot, {"type": "scoring"}), [resource("aws_bedrockagent_agent", {})], []),
	] {
		keys(case) == set()
		doc_006.review == set() with input as case
		{n.msg | some n in doc_006.not_applicable} == {"system support is neither a chatbot nor a generator"} with input as case
	}
	{n.msg | some n in doc_006.not_applicable} == {"no AI system is declared"} with input as object.union(alone({}), {"systems": []})
}
