package probity.gen_006_test

import rego.v1

import data.probity.gen_006

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

crawling(web) := resource("aws_bedrockagent_data_source", {"data_source_configuration": [{"web_configuration": [web]}]})

found := {[f.resource, f.key, f.path] | some f in gen_006.deny}

subject := "terraform:infra//aws_bedrockagent_data_source.x"

test_filtered_crawler_passes if {
	every web in [
		{"crawler_configuration": [{"scope": "HOST_ONLY", "inclusion_filters": ["https://example.com/docs/.*"]}]},
		{"crawler_configuration": "probity-unknown"},
	] {
		gen_006.deny == set() with input as root([crawling(web)])
		gen_006.not_applicable == set() with input as root([crawling(web)])
	}
}

test_crawler_without_filters if {
	gen_006.deny == {{
		"msg": concat("", [
			"Data source aws_bedrockagent_data_source.x crawls whatever it finds: ",
			"name the pages in inclusion_filters.",
		]),
		"resource": subject,
		"key": "inclusion_filters",
		"path": ["data_source_configuration", 0, "web_configuration", 0],
		"severity": "medium",
		"evidence": {"wide": "host"},
	}} with input as root([crawling({"source_configuration": [{}]})])
	every configuration, severity in {
		{"scope": "SUBDOMAINS"}: "high",
		{"scope": "HOST_ONLY", "inclusion_filters": []}: "medium",
	} {
		case := root([crawling({"crawler_configuration": [configuration]})])
		{[f.severity, f.path] | some f in gen_006.deny} == {[
			severity,
			["data_source_configuration", 0, "web_configuration", 0, "crawler_configuration"],
		]} with input as case
	}
	wide := root([crawling({"crawler_configuration": [{"scope": "SUBDOMAINS"}]})])
	{f.evidence.wide | some f in gen_006.deny} == {"subdomains"} with input as wide
}

bucket(tags) := resource("aws_s3_bucket", {"bucket": "docs", "tags": tags})

reading_(change) := resource("aws_bedrockagent_data_source", object.union({
	"data_source_configuration": [{"s3_configuration": [{"bucket_arn": "arn:aws:s3:::docs"}]}],
}, change))

transforming := {"vector_ingestion_configuration": [{"custom_transformation_configuration": [{"transformation": []}]}]}

test_sensitive_bucket_that_is_transformed_passes if {
	every change in [{}, {"data_deletion_policy": "DELETE"}] {
		case := root([bucket({"data-classification": "pii"}), reading_(object.union(transforming, change))])
		gen_006.deny == set() with input as case
	}
}

test_sensitive_bucket_that_is_kept if {
	gen_006.deny == {{
		"msg": concat("", [
			"Data source aws_bedrockagent_data_source.x keeps what it made of pii data in bucket aws_s3_bucket.x ",
			"even when the source is deleted.",
		]),
		"resource": subject,
		"key": "data_deletion_policy",
		"path": ["data_deletion_policy"],
		"evidence": {"class": "pii", "bucket": "aws_s3_bucket.x"},
	}} with input as root([
		bucket({"DataClassification": "PII"}),
		reading_(object.union(transforming, {"data_deletion_policy": "RETAIN"})),
	])
}

test_sensitive_bucket_as_it_is if {
	gen_006.deny == {{
		"msg": concat("", [
			"Data source aws_bedrockagent_data_source.x takes in phi data from bucket aws_s3_bucket.x as it is: ",
			"transform it on the way.",
		]),
		"resource": subject,
		"key": "custom_transformation_configuration",
		"path": [],
		"evidence": {"class": "phi", "bucket": "aws_s3_bucket.x"},
	}} with input as root([bucket({"data_classification": "phi"}), reading_({})])
	chunking := {"vector_ingestion_configuration": [{"chunking_configuration": [{}]}]}
	{f.path | some f in gen_006.deny} == {["vector_ingestion_configuration"]} with input as root([
		bucket({"data_classification": "phi"}),
		reading_(chunking),
	])
	dynamic := {"vector_ingestion_configuration": "probity-unknown"}
	gen_006.deny == set() with input as root([bucket({"data_classification": "phi"}), reading_(dynamic)])
}

test_other_buckets_pass if {
	every tags in [{}, {"data-classification": "public"}, {"team": "pii"}] {
		gen_006.deny == set() with input as root([bucket(tags), reading_({"data_deletion_policy": "RETAIN"})])
	}
	model := resource("aws_sagemaker_model", {"primary_container": [{"model_data_url": "s3://docs/m"}]})
	gen_006.deny == set() with input as root([bucket({"data-classification": "pii"}), model])
}

network(type, policy) := resource("aws_opensearchserverless_security_policy", {"type": type, "policy": policy})

test_open_vector_store if {
	open := `[{"Rules": [], "AllowFromPublic": true}]`
	gen_006.deny == {{
		"msg": "Network policy aws_opensearchserverless_security_policy.x opens the vector store to everybody.",
		"resource": "terraform:infra//aws_opensearchserverless_security_policy.x",
		"key": "AllowFromPublic",
		"path": ["policy"],
		"evidence": {"attribute": "policy"},
	}} with input as root([reading_({}), network("network", open)])
	gen_006.deny == set() with input as root([reading_({}), network("network", `[{"AllowFromPublic":false}]`)])
	gen_006.deny == set() with input as root([reading_({}), network("encryption", open)])
	gen_006.deny == set() with input as root([network("network", open)])
	twin := resource("awscc_opensearchserverless_security_policy", {"type": "network", "policy": open})
	count(gen_006.deny) == 1 with input as root([reading_({}), twin])
}

logical(type, id, properties, references) := {
	"system": "cloudformation", "type": type, "name": id, "address": id, "unknown": [], "references": references,
	"subject": sprintf("cloudformation:t.yaml//%s", [id]), "attributes": properties, "path": "t.yaml",
}

test_cloudformation if {
	docs := logical("AWS::S3::Bucket", "B", {"Tags": [{"Key": "data-classification", "Value": "pii"}]}, [])
	source := logical("AWS::Bedrock::DataSource", "S", {"DataDeletionPolicy": "RETAIN"}, [{
		"path": ["DataSourceConfiguration", "S3Configuration", "BucketArn"], "target": "B",
	}])
	open := logical("AWS::OpenSearchServerless::SecurityPolicy", "P", {"Type": "network", "Policy": `[{"AllowFromPublic":true}]`}, [])
	found == {
		["cloudformation:t.yaml//P", "AllowFromPublic", ["Policy"]],
		["cloudformation:t.yaml//S", "custom_transformation_configuration", []],
		["cloudformation:t.yaml//S", "data_deletion_policy", ["DataDeletionPolicy"]],
	} with input as {"system": "cloudformation", "root": "t.yaml", "resources": [docs, source, open]}
	web := logical("AWS::Bedrock::DataSource", "W", {"DataSourceConfiguration": {"WebConfiguration": {
		"CrawlerConfiguration": {"Scope": "SUBDOMAINS"},
	}}}, [])
	{[f.severity, f.path] | some f in gen_006.deny} == {[
		"high",
		["DataSourceConfiguration", "WebConfiguration", "CrawlerConfiguration"],
	]} with input as {"system": "cloudformation", "root": "t.yaml", "resources": [web]}
	filtered := {"CrawlerConfiguration": {"InclusionFilters": [".*"]}}
	calm := logical("AWS::Bedrock::DataSource", "W", {"DataSourceConfiguration": {"WebConfiguration": filtered}}, [])
	gen_006.deny == set() with input as {"system": "cloudformation", "root": "t.yaml", "resources": [calm]}
}

test_not_applicable if {
	gen_006.not_applicable == {{
		"msg": "the root holds no data source of a Bedrock knowledge base", "key": "", "path": [], "evidence": {},
	}} with input as root([])
}
