# METADATA
# title: De-identification configured as reversible with key beside the data
# description: >-
#   A template for de-identification carries its key in the clear: crypto_key with a block unwrapped. Whoever reads
#   the repository or the state can turn the pseudonyms back, so the data are pseudonymised, not anonymised (GDPR
#   Article 4(5)), with the key beside them. A key that is wrapped by KMS, and a transient one, which is not stored,
#   pass. The quality of the transformation is not judged, nor are calls of the API in programs.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: "Regulation (EU) 2016/679 (GDPR)"
#   - ref: https://cloud.google.com/sensitive-data-protection/docs/pseudonymization
#     description: "Sensitive Data Protection: pseudonymization"
# custom:
#   id: PB-DATA-011
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - google_data_loss_prevention_deidentify_template
#   inputs: [tf, code]
#   controls:
#     - "GDPR:4.5"
#     - "GDPR:25.1"
#     - "GDPR:32.1.a"
#     - "CCPA:1798.148"
#     - "NIST-800-53:SI-19"
#     - "ISO42001:A.7.6"
#   remediation: >-
#     Use kms_wrapped keys, or one-way redact/generalise.
#   applies_when: >-
#     always: the resource is a de-identification template
package probity.data_011

import rego.v1

# The transformation that a key belongs to, as the words before it on the path.
places contains path if {
	walk(input.attributes, [path, value])
	count(path) > 1
	path[count(path) - 1] == "unwrapped"
	not value in {null, []}
	name(array.slice(path, 0, count(path) - 1)) == "crypto_key"
}

names(path) := [step | some step in path; is_string(step)]

name(path) := steps[count(steps) - 1] if steps := names(path)

transformation(path) := steps[count(steps) - 3] if {
	steps := names(path)
	count(steps) > 2
} else := "crypto_key"

deny contains f if {
	some path in places
	f := {
		"msg": sprintf(
			"Template %s keeps the key of %s in the clear: its data are pseudonymised, not anonymised; wrap the key.",
			[input.address, transformation(path)],
		),
		"key": sprintf("%s:%d", [concat(".", names(path)), position(path)]),
		"path": path,
		"evidence": {"transformation": transformation(path)},
	}
}

# Tells templates with several keys at the same names apart: how many stand before this one.
position(path) := count({other | some other in places; names(other) == names(path); other < path})
