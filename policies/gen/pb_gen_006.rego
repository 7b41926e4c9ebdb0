# METADATA
# title: RAG ingestion from uncontrolled or sensitive source
# description: >-
#   A knowledge base takes in what nobody chose: a web crawler without inclusion filters (medium severity where it
#   keeps to the host it starts at). Or it takes in sensitive data: from a bucket whose tag data-classification says
#   so, without a transformation on the way, or with a deletion policy of RETAIN, which leaves the embeddings behind
#   when the source goes. DELETE is the default. Or its vector store lets everybody in by a network policy of
#   OpenSearch Serverless.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/webcrawl-data-source-connector.html
#     description: Crawl web pages for a knowledge base
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-delete.html
#     description: "Delete a knowledge base: the default data deletion policy"
# custom:
#   id: PB-GEN-006
#   version: 1
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
#   controls:
#     - "OWASP-LLM:LLM08:2025"
#     - "OWASP-LLM:LLM04:2025"
#     - "GDPR:17.1"
#     - "GDPR:5.1.b"
#     - "EU-AIA:10.2.b"
#     - "ATLAS:AML.M0025"
#     - "ATLAS:AML.M0031"
#     - "NIST-AI-600-1:MS-2.5-005"
#     - "AISF:AISF-AI-10"
#   remediation: >-
#     Name the pages in inclusion_filters, take personal data out with a custom transformation, set
#     data_deletion_policy DELETE, and close the collection's network policy.
#   applies_when: >-
#     the root holds a data source of a Bedrock knowledge base
#   params:
#     - sensitive_classes
package probity.gen_006

import rego.v1

import data.probity.lib.reading
import data.probity.lib.stores
import data.probity.lib.terraform
import data.probity.params

sources contains r if {
	some r in input.resources
	r.type in {"aws_bedrockagent_data_source", "awscc_bedrock_data_source", "AWS::Bedrock::DataSource"}
}

finding(source, key, path, message, evidence) := {
	"msg": sprintf("Data source %s %s.", [source.address, message]),
	"resource": source.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

webs(source) := reading.places(source, ["data_source_configuration", "web_configuration"])

crawlers(source, web) := reading.blocks(source, web, "crawler_configuration")

filtered(source, web) if {
	some crawler in crawlers(source, web)
	reading.given(source, crawler, "inclusion_filters")
}

filtered(source, web) if reading.unreadable(source, web, "crawler_configuration")

# Without a scope the crawler keeps to the host and the path that it starts at.
wide(source, web) if {
	some crawler in crawlers(source, web)
	reading.value(source, crawler, "scope", "") == "SUBDOMAINS"
}

severity(source, web) := "high" if {
	wide(source, web)
} else := "medium"

deny contains object.union(f, {"severity": severity(source, web)}) if {
	some source in sources
	some web in webs(source)
	not filtered(source, web)
	f := finding(
		source, "inclusion_filters", reading.where(source, web, "crawler_configuration"),
		"crawls whatever it finds: name the pages in inclusion_filters", {"wide": wide_text(source, web)},
	)
}

wide_text(source, web) := "subdomains" if {
	wide(source, web)
} else := "host"

# The sensitive buckets that a source reads, with their class.
sensitive contains {"source": use.by, "class": class, "bucket": use.bucket.address} if {
	some use in stores.uses(input.resources)
	use.holds == "knowledge"
	use.by in sources
	some name, text in reading.tags(use.bucket)
	terraform.tag_key(name) == "dataclassification"
	class := lower(text)
	class in params.sensitive_classes
}

deny contains f if {
	some one in sensitive
	reading.value(one.source, reading.whole(one.source), "data_deletion_policy", "DELETE") == "RETAIN"
	f := finding(
		one.source, "data_deletion_policy",
		reading.where(one.source, reading.whole(one.source), "data_deletion_policy"),
		sprintf("keeps what it made of %s data in bucket %s even when the source is deleted", [one.class, one.bucket]),
		{"class": one.class, "bucket": one.bucket},
	)
}

transformed(source) if {
	some place in reading.places(source, ["vector_ingestion_configuration", "custom_transformation_configuration"])
	is_object(place.body)
}

transformed(source) if reading.unreadable(source, reading.whole(source), "vector_ingestion_configuration")

deny contains f if {
	some one in sensitive
	not transformed(one.source)
	f := finding(
		one.source, "custom_transformation_configuration",
		reading.where(one.source, reading.whole(one.source), "vector_ingestion_configuration"),
		sprintf("takes in %s data from bucket %s as it is: transform it on the way", [one.class, one.bucket]),
		{"class": one.class, "bucket": one.bucket},
	)
}

# The policy is JSON in a string.
deny contains f if {
	count(sources) > 0
	some policy in input.resources
	some kind, names in {
		"aws_opensearchserverless_security_policy": ["type", "policy"],
		"awscc_opensearchserverless_security_policy": ["type", "policy"],
		"AWS::OpenSearchServerless::SecurityPolicy": ["Type", "Policy"],
	}
	policy.type == kind
	policy.attributes[names[0]] == "network"
	regex.match(`"AllowFromPublic"\s*:\s*true`, policy.attributes[names[1]])
	f := {
		"msg": sprintf("Network policy %s opens the vector store to everybody.", [policy.address]),
		"resource": policy.subject,
		"key": "AllowFromPublic",
		"path": [names[1]],
		"evidence": {"attribute": names[1]},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(sources) == 0
	reason := "the root holds no data source of a Bedrock knowledge base"
}
