# METADATA
# title: Protected attribute used as a model feature without a recorded justification
# description: >-
#   The name of a feature that a model is trained or served with (a SageMaker feature group, the signature of an
#   MLmodel) holds an attribute that the law protects, or a proxy for it such as a postcode, and no model card gives a
#   justification for it. Names are compared as whole words. A heuristic: each match is for a person to judge. A data
#   set that keeps the attribute for testing bias is right to do so (AI Act Article 10(5)) and is not looked at. A
#   card gives its reason under the key justification, as a text that names the attribute or as a map from attribute
#   to reason.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Article 10"
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: "Regulation (EU) 2016/679 (GDPR)"
# custom:
#   id: PB-DATA-007
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs: [tf, cfn, smp, code, card, mlflow, dcard]
#   controls:
#     - "EU-AIA:10.2.f"
#     - "EU-AIA:10.5"
#     - "GDPR:9.1"
#     - "GDPR:22.4"
#     - "CCPA:1798.140(ae)"
#     - "NIST-AI-RMF:MEASURE 2.11"
#     - "ISO42001:A.7.2"
#     - "ISO42001:A.5.4"
#     - "OECD:1.2"
#     - "UNESCO:28"
#   remediation: >-
#     Drop the feature, or record lawful basis + bias analysis.
#   applies_when: >-
#     the repository declares features or signatures
#   params:
#     - protected_attributes
#     - unprotected_features
package probity.data_007

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.nested
import data.probity.params

types := {
	"aws_sagemaker_feature_group": ["feature_definition", "feature_name"],
	"awscc_sagemaker_feature_group": ["feature_definitions", "feature_name"],
	"AWS::SageMaker::FeatureGroup": ["FeatureDefinitions", "FeatureName"],
}

features contains {"subject": r.subject, "shown": r.address, "name": entry.value, "path": entry.path} if {
	some r in input.resources
	some entry in nested.found(r.attributes, types[r.type])
	is_string(entry.value)
}

features contains f if {
	some document in input.documents
	document.kind == "mlflow-model"
	some index, column in nested.items(document.value.signature.inputs)
	is_string(column.name)
	f := {
		"subject": document.subject, "shown": document.path, "name": column.name,
		"path": ["signature", "inputs", index, "name"],
	}
}

protected(name) := min({attribute |
	some attribute in params.protected_attributes
	datasets.holds(name, attribute)
}) if {
	every other in params.unprotected_features { not datasets.holds(name, other) }
}

# The reasons that model cards give.
reasons_given := [document.value.justification |
	some document in input.documents
	document.kind == "model-card"
]

justified(name) if {
	some reason in reasons_given
	is_string(reason)
	some attribute in params.protected_attributes
	datasets.holds(name, attribute)
	datasets.holds(reason, attribute)
}

justified(name) if {
	some reason in reasons_given
	some attribute, text in nested.entries(reason)
	is_string(attribute)
	datasets.holds(name, attribute)
	is_string(text)
	trim_space(text) != ""
}

sentence := concat("", [
	"Feature %s of %s is or tells the protected attribute %s; ",
	"drop it, or give a justification in the model card.",
])

review contains f if {
	some feature in features
	attribute := protected(feature.name)
	not justified(feature.name)
	f := {
		"msg": sprintf(sentence, [feature.name, feature.shown, attribute]),
		"resource": feature.subject,
		"key": feature.name,
		"path": feature.path,
		"evidence": {"feature": feature.name, "attribute": attribute},
	}
}

not_applicable contains f if {
	count(features) == 0
	f := {"msg": "the repository declares no features and no signature", "key": "", "path": [], "evidence": {}}
}
