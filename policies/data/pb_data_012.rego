# METADATA
# title: Label/annotation workforce is public or unreviewed for sensitive data
# description: >-
#   A human review workflow sends its tasks to the public workforce (a workteam of public-crowd, or a price for public
#   tasks), and what it shows is sensitive. How sensitive is told by the tag data-classification of the workflow, else
#   by data_classes of the declared systems that it belongs to. Where neither says, that is unknown. Public data may
#   be labelled by anybody. CloudFormation has no type for such workflows.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-public.html
#     description: "SageMaker: the public workforce"
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: "Regulation (EU) 2016/679 (GDPR)"
# custom:
#   id: PB-DATA-012
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_flow_definition
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:10.2.c"
#     - "GDPR:28.3"
#     - "GDPR:32.4"
#     - "NIST-AI-RMF:MAP 4.2"
#     - "ISO42001:A.10.3"
#     - "SOC2:CC9.2"
#   remediation: >-
#     Use a private or vendor workteam.
#   applies_when: >-
#     the workflow uses the public workforce
#   params:
#     - sensitive_classes
#     - harmless_classes
package probity.data_012

import rego.v1

import data.probity.lib.nested
import data.probity.lib.terraform
import data.probity.params

a := input.attributes

team := ["human_loop_config", "workteam_arn"]

price := ["human_loop_config", "public_workforce_task_price"]

public contains team if {
	some value in nested.values(a, team)
	is_string(value)
	contains(value, ":workteam/public-crowd/")
}

public contains price if count(nested.found(a, price)) > 0

tagged := {lower(value) |
	some key, value in terraform.tags(a)
	terraform.tag_key(key) == "dataclassification"
	is_string(value)
}

declared := {lower(class) |
	some system in input.systems
	some class in nested.items(system.data_classes)
}

classes := tagged if {
	count(tagged) > 0
} else := declared

sensitive := {class | some class in classes; class in params.sensitive_classes}

open := {class | some class in classes; not class in params.sensitive_classes; not class in params.harmless_classes}

finding(names, message) := {
	"msg": sprintf(message, [input.address]),
	"key": names[count(names) - 1],
	"path": nested.where(a, names),
	"evidence": {"attribute": concat(".", names), "classes": sort(classes)},
}

deny contains f if {
	some names in public
	count(sensitive) > 0
	f := finding(
		names,
		"Review workflow %s shows sensitive data to the public workforce; use a private or vendor team.",
	)
}

inconclusive contains f if {
	some names in public
	count(sensitive) == 0
	count(classes) == 0
	f := finding(names, "Review workflow %s uses the public workforce, and how sensitive its data are is not declared.")
}

inconclusive contains f if {
	some names in public
	count(sensitive) == 0
	count(open) > 0
	f := finding(
		names,
		"Review workflow %s uses the public workforce, and the class of its data is none of the known ones.",
	)
}

not_applicable contains f if {
	count(public) == 0
	f := {"msg": "the workflow does not use the public workforce", "key": "", "path": [], "evidence": {}}
}
