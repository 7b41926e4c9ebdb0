# METADATA
# title: Terraform state, provider or module unpinned for AI infrastructure
# description: >-
#   A Terraform root with AI resources and its own provider configuration has no .terraform.lock.hcl beside it, so that
#   the next run may take other provider versions; or a state file, which holds secrets in the clear, lies in the
#   repository. Version constraints of providers and modules, and the settings of the backend, are not read here.
# scope: package
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/language/files/dependency-lock
#     description: "Terraform: dependency lock file"
# custom:
#   id: PB-LCM-005
#   version: 1
#   severity: low
#   scope: repository
#   resources: named
#   inputs: [tf]
#   controls:
#     - "NIST-800-53:CM-2"
#     - "SOC2:CC8.1"
#     - "ISO42001:A.4.4"
#     - "EU-AIA:17.1.b"
#   remediation: >-
#     Run terraform init and commit .terraform.lock.hcl; keep the state in an encrypted backend.
#   applies_when: >-
#     a Terraform root holds an AI resource
#   params:
#     - ai_resource_types
package probity.lcm_005

import rego.v1

import data.probity.params

# The folder of a root, from the subject of a resource: `terraform:infra/prod//aws_...`; `.` is the repository's root.
root(resource) := trim_prefix(split(resource.subject, "//")[0], "terraform:")

types := {type |
	some type in {resource.type | some resource in input.resources}
	strings.any_prefix_match(type, params.ai_resource_types)
}

located := [{"root": root(resource), "subject": resource.subject} |
	some resource in input.resources
	resource.type in types
	resource.system == "terraform"
]

roots := {resource.root | some resource in located}

# A folder that configures no provider is a module that others call: its caller locks the versions.
configured contains folder if {
	count(roots) > 0
	some resource in input.resources
	count(resource.provider.config) > 0
	folder := root(resource)
	folder in roots
}

lock_file(".") := ".terraform.lock.hcl"

lock_file(folder) := sprintf("%s/.terraform.lock.hcl", [folder]) if folder != "."

first(folder) := min({resource.subject | some resource in located; resource.root == folder})

deny contains f if {
	some folder in roots
	folder in configured
	not input.files[lock_file(folder)]
	f := {
		"msg": sprintf("Terraform root %s has no .terraform.lock.hcl: the next run may take other provider versions.", [folder]),
		"resource": first(folder),
		"key": "lock",
		"path": [],
		"evidence": {"root": folder, "missing": lock_file(folder)},
	}
}

deny contains f if {
	count(roots) > 0
	some path, _ in input.files
	regex.match(`\.tfstate(\.backup)?$`, path)
	f := {
		"msg": sprintf("The Terraform state %s lies in the repository, with its secrets in the clear.", [path]),
		"resource": sprintf("document:%s", [path]),
		"key": sprintf("state:%s", [path]),
		"path": [],
		"evidence": {"path": path},
	}
}

not_applicable contains f if {
	count(roots) == 0
	f := {"msg": "no Terraform root holds an AI resource", "key": "", "path": [], "evidence": {}}
}
