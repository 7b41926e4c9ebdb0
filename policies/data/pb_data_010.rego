# METADATA
# title: Training bucket has no sensitive-data discovery
# description: >-
#   A bucket that is tagged as sensitive, or that training reads, is searched for sensitive data by nothing: no Macie
#   account that is enabled, no Macie job that names it, no Data Loss Prevention trigger that names it, no discovery
#   configuration, and no Purview account for Azure storage, in any root or template of the repository. Unknown is a
#   Macie job that chooses its buckets by criteria. Where the organisation runs discovery from another repository,
#   external_evidence in .probity/config.yaml names the evidence.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: "Regulation (EU) 2016/679 (GDPR)"
#   - ref: https://docs.aws.amazon.com/macie/latest/user/discovery-jobs.html
#     description: "Amazon Macie: discovery jobs"
# custom:
#   id: PB-DATA-010
#   version: 1
#   severity: medium
#   scope: repository
#   resources: named
#   inputs: [tf, cfn]
#   controls:
#     - "GDPR:30.1"
#     - "EU-AIA:10.2.b"
#     - "NIST-AI-RMF:MEASURE 2.10"
#     - "CIS-v8.1:3.13"
#     - "SOC2:C1.1"
#     - "AISF:AISF-DATA-01"
#   remediation: >-
#     Add a discovery job over the bucket.
#   applies_when: >-
#     the repository declares a bucket that is tagged as sensitive or that training reads
#   params:
#     - sensitive_classes
#   aliases:
#     - macie_is_enabled
#     - macie_automated_sensitive_data_discovery_enabled
#     - MACIE_STATUS_CHECK
package probity.data_010

import rego.v1

import data.probity.lib.external
import data.probity.lib.graph as g
import data.probity.lib.nested
import data.probity.lib.pipeline as p
import data.probity.lib.terraform
import data.probity.params

id := "PB-DATA-010"

# Where each type says its name, and how its data are addressed.
types := {
	"aws_s3_bucket": {"name": ["bucket"], "scheme": "s3", "cloud": "aws"},
	"AWS::S3::Bucket": {"name": ["BucketName"], "scheme": "s3", "cloud": "aws"},
	"google_storage_bucket": {"name": ["name"], "scheme": "gs", "cloud": "google"},
	"azurerm_storage_account": {"name": ["name"], "scheme": "abfss", "cloud": "azure"},
}

tags(r) := terraform.tags(r.attributes) if {
	r.system == "terraform"
} else := {tag.Key: tag.Value |
	some tag in nested.items(object.get(r.attributes, "Tags", []))
	is_string(tag.Key)
}

class(r) := lower(value) if {
	some key, value in tags(r)
	terraform.tag_key(key) == "dataclassification"
	is_string(value)
	lower(value) in params.sensitive_classes
}

names(r) := {name | some name in nested.values(r.attributes, types[r.type].name); is_string(name)}

# Data that reach training in some pipeline.
trained_on contains pipeline.nodes[source].name if {
	some pipeline in input.pipelines
	kinds := {node.kind | some _, node in pipeline.nodes}
	count({"train", "dataset"} - kinds) == 0
	edges := g.certain(pipeline)
	some source in p.of_kind(pipeline, {"dataset"})
	some sink in graph.reachable(edges, {source})
	pipeline.nodes[sink].kind == "train"
}

feeds(r) if {
	some name in names(r)
	some uri in trained_on
	startswith(sprintf("%s/", [uri]), sprintf("%s://%s/", [types[r.type].scheme, name]))
}

feeds(r) if r.address in trained_on

buckets := [r | some r in input.resources; types[r.type]; concerned(r)]

concerned(r) if class(r)

concerned(r) if feeds(r)

# Discovery that covers a whole cloud, and jobs that name what they cover.
whole_clouds := {
	"aws_macie2_account": "aws",
	"AWS::Macie::Session": "aws",
	"google_data_loss_prevention_discovery_config": "google",
	"azurerm_purview_account": "azure",
}

clouds := {cloud |
	some r in input.resources
	cloud := whole_clouds[r.type]
	not paused(r)
}

jobs := [r |
	some r in input.resources
	r.type in {"aws_macie2_classification_job", "google_data_loss_prevention_job_trigger"}
]

covered(r) if types[r.type].cloud in clouds

covered(r) if {
	some job in jobs
	mentions(job, r)
}

paused(r) if {
	some key in ["status", "Status"]
	upper(r.attributes[key]) == "PAUSED"
}

mentions(job, r) if {
	some name in names(r)
	walk(job.attributes, [_, value])
	is_string(value)
	some form in {name, sprintf("gs://%s", [name])}
	value in {form, sprintf("%s/", [form]), sprintf("%s/**", [form])}
}

mentions(job, r) if {
	some reference in job.references
	reference.target == r.address
	split(job.subject, "//")[0] == split(r.subject, "//")[0]
}

# It chooses its buckets by their properties.
perhaps(r) if {
	types[r.type].cloud == "aws"
	some job in jobs
	count(nested.found(job.attributes, ["s3_job_definition", "bucket_criteria"])) > 0
}

why(r) := sprintf("is tagged as %s", [class(r)]) if {
	class(r)
} else := "feeds training"

finding(r, message) := {
	"msg": sprintf(message, [r.address, why(r)]),
	"resource": r.subject,
	"key": "",
	"path": [],
	"evidence": {"bucket": r.address, "why": why(r)},
}

deny contains f if {
	not external.evidence(input.config, id)
	some r in buckets
	not covered(r)
	not perhaps(r)
	f := finding(r, "Bucket %s %s, and nothing searches it for sensitive data; add a discovery job.")
}

inconclusive contains f if {
	not external.evidence(input.config, id)
	some r in buckets
	not covered(r)
	perhaps(r)
	f := finding(r, "Bucket %s %s, and whether a discovery job that chooses by criteria covers it cannot be seen.")
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains external.reason(input.config, id)

reasons contains "no bucket is tagged as sensitive or feeds training" if count(buckets) == 0
